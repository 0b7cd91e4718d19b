package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.InternalFailure;
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
  private static final int AT_ONCE = 3;

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
      prepare(spark, config);
    }
    return 0;
  }

  /** Several datasets at once: while one manifest is read by one task, others use the executors. */
  private void prepare(JavaSparkContext spark, PrepareConfig config) {
    ExecutorService datasets = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<?>> prepared = new ArrayList<>();
      for (Recipe recipe : config.recipes()) {
        prepared.add(datasets.submit(() -> prepare(spark, config, recipe)));
      }
      for (Future<?> one : prepared) {
        one.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new InternalFailure("Cannot prepare the datasets: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot prepare the datasets: interrupted", e);
    } finally {
      datasets.shutdownNow();
    }
  }

  private void prepare(JavaSparkContext spark, PrepareConfig config, Recipe recipe) {
    long start = System.nanoTime();
    PrepareJob.Result result =
        new PrepareJob(spark, recipe, config.settings(), config.output()).run();
    print(recipe, result, (System.nanoTime() - start) / 1e9);
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
