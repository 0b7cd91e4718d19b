package org.clapperboard.train;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.config.BadData;
import org.clapperboard.data.features.StoredFeatures;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.loop.Job;

/**
 * Stores what a stage's frozen vision encoder makes of its datasets, as a Spark job with a task for
 * each shard. What an earlier run stored, even one that was interrupted, is kept. Runs on the
 * driver.
 */
public final class FeaturesJob {
  private static final int RUN_LETTERS = 8;

  private final JavaSparkContext spark;
  private final StagePlan plan;
  private final VisionFeatures wanted;
  private final String run = UUID.randomUUID().toString().substring(0, RUN_LETTERS);

  /** A job for the datasets of a plan. */
  public FeaturesJob(JavaSparkContext spark, StagePlan plan) {
    this.spark = spark;
    this.plan = plan;
    this.wanted = VisionFeatures.of(plan, spark.hadoopConfiguration());
  }

  /**
   * What a run did.
   *
   * @param features what is stored now
   * @param kept shards that were there before
   */
  public record Result(StoredFeatures features, long kept) {}

  /** The datasets whose features are stored. */
  public List<PreparedDataset> datasets() {
    return wanted.datasets();
  }

  /**
   * Stores the features of a dataset, unless they are there.
   *
   * @throws BadData if they cannot be stored
   */
  public Result run(PreparedDataset dataset) {
    StoredFeatures there = wanted.stored(dataset);
    if (there != null) {
      return new Result(there, there.shards().size());
    }
    Folder folder = wanted.folder(dataset);
    try {
      spark.setJobGroup("features " + dataset.name(), "features of " + dataset.name());
      List<FeaturesTask.Made> made = make(dataset, folder);
      StoredFeatures stored =
          new StoredFeatures(
              StoredFeatures.SCHEMA,
              dataset.name(),
              wanted.facts(dataset),
              made.stream().mapToDouble(FeaturesTask.Made::seconds).sum(),
              made.stream().mapToLong(FeaturesTask.Made::pictures).sum(),
              made.stream().map(FeaturesTask.Made::shard).toList());
      folder.delete(StoredFeatures.FILE);
      folder.createOnce(StoredFeatures.FILE, stored.toJson());
      removeOthers(folder, stored);
      return new Result(stored, made.stream().filter(FeaturesTask.Made::kept).count());
    } catch (IOException e) {
      throw new BadData(
          "Cannot store the features of " + dataset.name() + ": " + e.getMessage(), e);
    }
  }

  private List<FeaturesTask.Made> make(PreparedDataset dataset, Folder folder) {
    FeaturesTask task =
        new FeaturesTask(
            Job.startingWith(plan.config(), plan.weights()),
            new SerializableConfiguration(spark.hadoopConfiguration()),
            dataset.name(),
            folder.path().toString(),
            run);
    List<PreparedDataset.Shard> shards = dataset.shards();
    return spark
        .parallelize(shards, shards.size())
        .map(shard -> task.make(shard, TaskContext.get().taskAttemptId()))
        .collect();
  }

  private static void removeOthers(Folder folder, StoredFeatures stored) throws IOException {
    Set<String> kept =
        stored.shards().stream().map(StoredFeatures.Shard::file).collect(Collectors.toSet());
    for (String file : folder.files()) {
      if (!kept.contains(file) && !file.equals(StoredFeatures.FILE)) {
        folder.delete(file);
      }
    }
  }
}
