package org.clapperboard.train;

import java.io.IOException;
import java.io.Serializable;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.features.FeatureReader;
import org.clapperboard.data.features.FeatureWriter;
import org.clapperboard.data.features.StoredFeatures;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.loop.FeatureMaker;
import org.clapperboard.train.loop.Job;

/**
 * Stores the features of a shard. Goes from the driver to the executors.
 *
 * @param job what the encoder is opened with
 * @param hadoop how storage is reached
 * @param dataset the dataset
 * @param folder where its features are stored
 * @param run names this run: files of several never meet
 */
record FeaturesTask(
    Job job, SerializableConfiguration hadoop, String dataset, String folder, String run)
    implements Serializable {
  private static final int CONTENT_LETTERS = 16;

  /**
   * What a task did.
   *
   * @param shard what is stored
   * @param kept whether it was there before
   * @param pictures that were encoded
   * @param seconds that took
   */
  record Made(StoredFeatures.Shard shard, boolean kept, long pictures, double seconds)
      implements Serializable {}

  Made make(PreparedDataset.Shard shard, long attempt) throws IOException {
    Folder features = Folder.of(folder, hadoop.value());
    String start = shard.content().substring(0, CONTENT_LETTERS) + "-";
    for (String file : features.files()) {
      if (file.startsWith(start) && isComplete(features, file, shard)) {
        return new Made(stored(features, file, shard), true, 0, 0);
      }
    }
    String file = start + run + "-" + attempt + ".parquet";
    boolean complete = false;
    try {
      Made made = write(features, file, shard);
      complete = true;
      return made;
    } finally {
      if (!complete) {
        features.delete(file);
      }
    }
  }

  /** A file that was not finished has no footer, and cannot be opened. */
  private boolean isComplete(Folder features, String file, PreparedDataset.Shard shard) {
    Optional<FeatureReader> reader = open(features, file);
    try {
      long samples = shard.rowGroups().stream().mapToLong(rows -> rows).sum();
      return reader
          .filter(there -> shard.content().equals(there.content()) && there.samples() == samples)
          .isPresent();
    } finally {
      reader.ifPresent(FeatureReader::close);
    }
  }

  private Optional<FeatureReader> open(Folder features, String file) {
    try {
      return Optional.of(new FeatureReader(features.path(file), hadoop.value()));
    } catch (BadData e) {
      return Optional.empty();
    }
  }

  private Made write(Folder features, String file, PreparedDataset.Shard shard) throws IOException {
    Configuration settings = hadoop.value();
    Folder shards =
        Folder.of(job.config().data().prepared(), settings).folder(dataset).folder("shards");
    long pictures = 0;
    double seconds = 0;
    try (FeatureMaker maker = FeatureMaker.open(job, settings);
        ShardReader reader = new ShardReader(shards.path(shard.file()), settings);
        FeatureWriter writer = new FeatureWriter(features.path(file), settings, shard.content())) {
      for (int group = 0; group < shard.rowGroups().size(); group++) {
        for (StoredSample sample : reader.rowGroup(group)) {
          long start = System.nanoTime();
          pictures += maker.make(sample, writer::write);
          seconds += (System.nanoTime() - start) / 1e9;
        }
      }
    }
    return new Made(stored(features, file, shard), false, pictures, seconds);
  }

  private static StoredFeatures.Shard stored(
      Folder features, String file, PreparedDataset.Shard shard) throws IOException {
    return new StoredFeatures.Shard(file, shard.content(), features.size(file));
  }
}
