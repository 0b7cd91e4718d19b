package org.clapperboard.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadData;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.data.prepare.PrepareConfig;
import org.clapperboard.data.prepare.PrepareJob;
import org.clapperboard.data.prepare.QuarantineRule;
import org.clapperboard.data.recipe.Recipe;
import org.clapperboard.data.shard.PreparedDataset.Counts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/prepare.sh}: publishers' manifests to shards. */
@Command(
    name = "jobs/prepare.sh",
    mixinStandardHelpOptions = true,
    description = {
      "Reads the manifests that a file's recipes describe, decodes their media on executors and",
      "writes Parquet shards. Media that cannot be used become rows of a quarantine table.",
      "Datasets that are there already, made from the same inputs, are kept; of others only what",
      "is new is decoded. A dataset of which more is unusable than prepare.quarantine.at-most ends",
      "the command with exit code 3, after everything is written."
    },
    footer = {
      "  jobs/prepare.sh conf/demo/prepare.yaml",
      "  jobs/prepare.sh conf/demo/prepare.yaml --set run=/data/run --retry timeout"
    })
public final class PrepareCommand implements Callable<Integer> {
  private static final int AT_ONCE = 3;

  @Mixin private StageFileOption file;

  @Option(
      names = "--retry",
      paramLabel = "REASONS",
      description =
          "Tries media again that are in quarantine for these reasons: timeout,unreadable, or all."
              + " What was found for other reasons stands.")
  private String retry;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new PrepareCommand(), arguments);
  }

  @Override
  public Integer call() {
    Consumer<JavaSparkContext> work = planned();
    try (JavaSparkContext spark = SparkStart.context("prepare")) {
      work.accept(spark);
    }
    return 0;
  }

  /** What it does with a Spark; mistakes in its arguments are told before. */
  public Consumer<JavaSparkContext> planned() {
    Set<String> reasons = retry == null ? Set.of() : QuarantineRule.reasons(retry);
    PrepareConfig config = file.load("prepare").read(root -> PrepareConfig.read(root));
    return spark -> prepareAll(spark, config, reasons);
  }

  private void prepareAll(JavaSparkContext spark, PrepareConfig config, Set<String> reasons) {
    console.line(
        "Preparing %d datasets into %s", config.recipes().size(), Console.shown(config.output()));
    console.line(
        "  %-28s %9s %9s %9s %9s %11s",
        "dataset", "listed", "bad rows", "taken", "decoded", "quarantined");
    List<String> refusals =
        Waiting.during(
            console,
            "Reading manifests and media",
            SparkTasks.of(spark),
            () -> prepare(spark, config, reasons));
    if (!refusals.isEmpty()) {
      throw new BadData(String.join("\n", refusals));
    }
  }

  /**
   * Several datasets at once: while one manifest is read by one task, others use the executors.
   * What is wrong with one does not end the others.
   */
  private List<String> prepare(JavaSparkContext spark, PrepareConfig config, Set<String> reasons) {
    ExecutorService datasets = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<String>> prepared = new ArrayList<>();
      for (Recipe recipe : config.recipes()) {
        double atMost = config.quarantine().of(recipe.name());
        QuarantineRule rule = new QuarantineRule(atMost, reasons);
        prepared.add(datasets.submit(() -> prepare(spark, config, recipe, rule)));
      }
      List<String> refusals = new ArrayList<>();
      for (Future<String> one : prepared) {
        String refusal = one.get();
        if (refusal != null) {
          refusals.add(refusal);
        }
      }
      return refusals;
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

  /** Why the dataset cannot be used, or null if it can. */
  private String prepare(
      JavaSparkContext spark, PrepareConfig config, Recipe recipe, QuarantineRule rule) {
    long start = System.nanoTime();
    try {
      PrepareJob.Result result =
          new PrepareJob(spark, recipe, config.settings(), rule, config.output()).run();
      print(recipe, result, (System.nanoTime() - start) / 1e9);
      return result.refusal() == null
          ? null
          : "Cannot accept "
              + recipe.name()
              + ": "
              + result.refusal()
              + " Mend them and run it again, with --retry "
              + String.join(",", result.dataset().counts().quarantined().keySet())
              + " where files stay as they are, or bear it: set prepare.quarantine.at-most, or"
              + " quarantine-at-most beside the recipe.";
    } catch (BadData e) {
      console.line("  %-28s failed", recipe.name());
      return e.getMessage();
    }
  }

  private void print(Recipe recipe, PrepareJob.Result result, double seconds) {
    Counts counts = result.dataset().counts();
    long quarantined = counts.quarantined().values().stream().mapToLong(n -> n).sum();
    String how = result.reused() ? "kept" : String.format("%.1f s", seconds);
    console.line(
        "  %-28s %9d %9d %9d %9d %11d  %s%s%s",
        recipe.name(),
        counts.listed(),
        counts.badRows() + counts.duplicates(),
        counts.taken(),
        counts.decoded(),
        quarantined,
        how,
        result.copied() == 0 ? "" : ", " + result.copied() + " of before",
        quarantined == 0 ? "" : "  " + counts.quarantined());
  }
}
