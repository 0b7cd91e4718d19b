package org.clapperboard.app;

import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.TrainJob;
import org.clapperboard.train.VisionFeatures;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.config.ClusterConfig;
import org.clapperboard.train.metrics.MeasuredSteps;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs/train.sh}: trains one stage. */
@Command(
    name = "jobs/train.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Trains one stage as a Spark barrier job, one rank per executor. Goes on from the stage's",
      "newest checkpoint; a stage that is finished with the same configuration is left alone."
    },
    footer = {
      "  jobs/train.sh conf/demo/stage1-video-pretrain.yaml",
      "  SPARK_MASTER=spark://host:7077 jobs/train.sh my-stage.yaml --set steps=100"
    })
public final class TrainCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new TrainCommand(), arguments);
  }

  @Override
  public Integer call() {
    ConfigFile loaded = file.load("stage");
    // Mistakes are told before anything is started.
    StagePlan planned = StagePlan.of(loaded, SparkStart.hadoop());
    planned.missing().throwIfAny();
    ExamSlices.check(planned, SparkStart.hadoop());
    requireFeatures(planned, SparkStart.hadoop());
    try (JavaSparkContext spark = SparkStart.context("train")) {
      StagePlan plan = StagePlan.of(loaded, spark.hadoopConfiguration());
      StageResult result = train(spark, plan, console);
      console.line("%s is in %s", result.stage(), Console.shown(plan.config().folder()));
    }
    return 0;
  }

  /** A stage that is finished reads none any more. */
  static void requireFeatures(StagePlan plan, Configuration hadoop) {
    if (StageResult.in(Folder.of(plan.config().folder(), hadoop)) == null) {
      VisionFeatures.of(plan, hadoop).missing().throwIfAny();
    }
  }

  static StageResult train(JavaSparkContext spark, StagePlan plan, Console console) {
    String stage = plan.config().stage();
    long start = System.nanoTime();
    ClusterConfig cluster = plan.config().cluster();
    try (TrainProgress progress =
        new TrainProgress(console, stage, cluster.ranks(), cluster.peakFlops())) {
      ExamSlices slices = ExamSlices.of(plan, spark.hadoopConfiguration());
      StageResult result = new TrainJob(spark, plan, slices, progress).run();
      if (progress.started()) {
        double seconds = (System.nanoTime() - start) / 1e9;
        Folder folder = Folder.of(plan.config().folder(), spark.hadoopConfiguration());
        MeasuredSteps measured = TimeLeft.measured(folder);
        console.line(
            "  %s  %d steps, %.1f s, %.1f %% of the steps' time waiting for data%s",
            stage,
            result.steps(),
            seconds,
            100 * measured.dataWaitSeconds() / measured.seconds(),
            progress.memory());
      } else {
        console.line("  %s  kept: its %d steps were finished before", stage, result.steps());
      }
      return result;
    }
  }
}
