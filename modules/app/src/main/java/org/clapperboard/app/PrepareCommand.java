package org.clapperboard.app;

import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code jobs/prepare.sh}: publishers' manifests to shards. */
@Command(
    name = "prepare",
    mixinStandardHelpOptions = true,
    description = {
      "Reads the manifests that a file's recipes describe, decodes their media on executors and",
      "writes Parquet shards. Media that cannot be used become rows of a quarantine table.",
      "Datasets that are there already, made from the same inputs, are kept."
    })
public final class PrepareCommand implements Callable<Integer> {
  @Mixin private StageFileOption file;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new PrepareCommand(), arguments);
  }

  @Override
  public Integer call() {
    PrepareConfig config = file.load().read(root -> PrepareConfig.read(root));
    try (JavaSparkContext spark = SparkStart.context("prepare")) {
      console.line(
          "Preparing %d datasets into %s", config.recipes().size(), Console.shown(config.output()));
      console.line(
          "  %-28s %9s %9s %9s %9s %11s",
          "dataset", "listed", "bad rows", "taken", "decoded", "quarantined");
      for (Recipe recipe : config.recipes()) {
        long start = System.nanoTime();
        PrepareJob.Result result =
            new PrepareJob(spark, recipe, config.settings(), config.output()).run();
        print(recipe, result, (System.nanoTime() - start) / 1e9);
      }
    }
    return 0;
  }

  private void print(Recipe recipe, PrepareJob.Result result, double seconds) {
    Counts counts = result.dataset().counts();
    long quarantined = counts.quarantined().values().stream().mapToLong(n -> n).sum();
    console.line(
        "  %-28s %9d %9d %9d %9d %11d  %s%s",
        recipe.name(),
        counts.listed(),
        counts.badRows() + counts.duplicates(),
        counts.taken(),
        counts.decoded(),
        quarantined,
        result.reused() ? "kept" : String.format("%.1f s", seconds),
        quarantined == 0 ? "" : "  " + counts.quarantined());
  }
}
