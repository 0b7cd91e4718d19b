package org.clapperboard.app;

import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.train.StagePlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs/plan.sh}: what a stage will do, or a mixture holds; starts nothing. */
@Command(
    name = "jobs/plan.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what a stage will do: which parts train and which are frozen, what it is trained on,",
      "how many steps, how much memory a rank needs, where its weights come from. Starts nothing.",
      "Of a file with a prepare section, such as datasets/mixtures/*.yaml, it counts what the",
      "manifests list and prints it beside the paper's numbers; no media are read."
    },
    footer = {
      "  jobs/plan.sh conf/videollama2-7b/stage1-video-pretrain.yaml",
      "  jobs/plan.sh datasets/mixtures/stage1-video-pretrain.yaml --set prepare.root=/data/raw"
    })
public final class PlanCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new PlanCommand(), arguments);
  }

  @Override
  public Integer call() {
    ConfigFile loaded = file.load();
    if (loaded.has("prepare")) {
      PrepareConfig config = loaded.read(root -> PrepareConfig.read(root));
      try (JavaSparkContext spark = SparkStart.context("plan")) {
        List<String> lines =
            Waiting.during(
                console,
                "Counting what the manifests list",
                SparkTasks.of(spark),
                () -> new MixtureText(config).lines(spark));
        lines.forEach(console::line);
      }
    } else {
      StagePlan plan = StagePlan.of(file.load("stage"), SparkStart.hadoop());
      ExamSlices.check(plan, SparkStart.hadoop());
      new PlanText(plan).lines().forEach(console::line);
    }
    return 0;
  }
}
