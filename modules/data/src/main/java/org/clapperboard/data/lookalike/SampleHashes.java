package org.clapperboard.data.lookalike;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.media.pixels.Preprocess;

/** The hashes of all samples of datasets that have any, computed from their shards by executors. */
final class SampleHashes {
  static final String SEARCHED = "searched";
  static final String AGAINST = "against";

  private static final StructType COLUMNS =
      StructType.fromDDL(
          """
          role STRING, dataset STRING, sample_id STRING, media STRING, shard STRING, row_group INT,
          row INT, frames ARRAY<BIGINT>, sound BIGINT
          """);

  private final SparkSession spark;
  private final double soundSeconds;
  private final List<Portion> portions = new ArrayList<>();

  /**
   * Hashes of sounds are of so many seconds: as many as the shortest of all datasets, for others
   * would not be comparable.
   */
  SampleHashes(SparkSession spark, double soundSeconds) {
    this.spark = spark;
    this.soundSeconds = soundSeconds;
  }

  /** A row group to read. */
  private record Portion(
      String role, String dataset, String shards, String file, int rowGroup, Preprocess picture)
      implements Serializable {}

  /** Adds the samples of a dataset. */
  void add(String role, Folder folder, PreparedDataset dataset) {
    String shards = folder.folder("shards").path().toString();
    for (PreparedDataset.Shard shard : dataset.shards()) {
      for (int group = 0; group < shard.rowGroups().size(); group++) {
        portions.add(
            new Portion(role, dataset.name(), shards, shard.file(), group, dataset.picture()));
      }
    }
  }

  /** Row groups of all datasets, a measure of how much there is. */
  int rowGroups() {
    return portions.size();
  }

  /** The table of hashes: frames sorted, each once. */
  Dataset<Row> table() {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    SerializableConfiguration hadoop = new SerializableConfiguration(context.hadoopConfiguration());
    double seconds = soundSeconds;
    return spark.createDataFrame(
        context
            .parallelize(portions, Math.max(1, portions.size()))
            .flatMap(portion -> rows(portion, hadoop.value(), seconds)),
        COLUMNS);
  }

  private static Iterator<Row> rows(Portion portion, Configuration hadoop, double soundSeconds) {
    List<Row> rows = new ArrayList<>();
    SoundHash hash = new SoundHash(soundSeconds);
    Path path = new Path(portion.shards(), portion.file());
    try (ShardReader reader = new ShardReader(path, hadoop)) {
      List<StoredSample> samples = reader.rowGroup(portion.rowGroup());
      for (int row = 0; row < samples.size(); row++) {
        StoredSample sample = samples.get(row);
        List<Long> frames = frames(sample.frames(), portion.picture());
        OptionalLong sound =
            sample.sound() == null ? OptionalLong.empty() : hash.of(sample.sound());
        if (!frames.isEmpty() || sound.isPresent()) {
          rows.add(
              RowFactory.create(
                  portion.role(),
                  portion.dataset(),
                  sample.id(),
                  sample.media(),
                  portion.file(),
                  portion.rowGroup(),
                  row,
                  frames.toArray(),
                  sound.isPresent() ? sound.getAsLong() : null));
        }
      }
    }
    return rows.iterator();
  }

  private static List<Long> frames(StoredSample.Frames frames, Preprocess picture) {
    TreeSet<Long> hashes = new TreeSet<>();
    if (frames != null) {
      int[] numbers = frames.indices().stream().mapToInt(number -> number).toArray();
      for (int place : FrameHash.places(frames.firstFrame(), frames.lastFrame(), numbers)) {
        FrameHash.of(frames.encoded().get(place), picture).ifPresent(hashes::add);
      }
    }
    return new ArrayList<>(hashes);
  }
}
