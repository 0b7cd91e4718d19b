package org.clapperboard.app;

import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.train.FeaturesJob;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.VisionFeatures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs/features.sh}: what a stage's frozen vision encoder makes of its samples, stored. */
@Command(
    name = "jobs/features.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Stores what the frozen vision encoder of a stage makes of its samples, by a Spark job, in the",
      "folder data.vision-features, for every epoch and every stage that has the same encoder and",
      "the same samples. The stage then reads it instead of computing it, and learns the same bits.",
      "What is stored already is kept. jobs/plan.sh tells what it costs and saves. Of the stage only",
      "the datasets and the encoder's weights need to be there."
    },
    footer = {
      "  jobs/features.sh my-stage.yaml --set data.vision-features=features",
      "  SPARK_MASTER=spark://host:7077 jobs/features.sh my-stage.yaml"
    })
public final class FeaturesCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new FeaturesCommand(), arguments);
  }

  @Override
  public Integer call() {
    ConfigFile loaded = file.load("stage");
    StagePlan planned = StagePlan.of(loaded, SparkStart.hadoop());
    require(planned);
    try (JavaSparkContext spark = SparkStart.context("features")) {
      store(spark, StagePlan.of(loaded, spark.hadoopConfiguration()), console);
    }
    return 0;
  }

  private static void require(StagePlan plan) {
    if (plan.config().data().visionFeatures() == null) {
      throw new BadConfig(
          List.of(
              plan.file()
                  .problem(
                      "data.vision-features",
                      "a folder that they are stored in",
                      "Name one, in the file or with --set.")));
    }
    if (!VisionFeatures.canBeMade(plan)) {
      plan.missing().throwIfAny();
    }
  }

  static void store(JavaSparkContext spark, StagePlan plan, Console console) {
    FeaturesJob job = new FeaturesJob(spark, plan);
    console.line(
        "Storing vision features of %d datasets in %s",
        job.datasets().size(), Console.shown(plan.config().data().visionFeatures()));
    console.line("  %-28s %9s %9s %9s", "dataset", "samples", "MB", "seconds");
    for (PreparedDataset dataset : job.datasets()) {
      long start = System.nanoTime();
      FeaturesJob.Result result =
          Waiting.during(
              console, "Encoding " + dataset.name(), SparkTasks.of(spark), () -> job.run(dataset));
      long shards = result.features().shards().size();
      console.line(
          "  %-28s %9d %9.1f %9.1f%s",
          dataset.name(),
          dataset.samples(),
          result.features().bytes() / 1e6,
          (System.nanoTime() - start) / 1e9,
          result.kept() == 0
              ? ""
              : result.kept() == shards
                  ? "  kept"
                  : "  " + result.kept() + " of " + shards + " shards of before");
    }
  }
}
