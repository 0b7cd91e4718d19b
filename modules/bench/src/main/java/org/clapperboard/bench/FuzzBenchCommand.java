package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.app.SparkStart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh fuzz}. */
@Command(
    name = "fuzz",
    mixinStandardHelpOptions = true,
    description =
        "Damages media files and prepares them on a cluster. Every file has to become a sample or a "
            + "row of quarantine; ends with exit code 3 if an executor was lost.")
final class FuzzBenchCommand implements Callable<Integer> {
  private static final int BAD_DATA = 3;

  @Mixin private FiguresOption figures;

  @Option(
      names = "--files",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Files to damage. Default: ${DEFAULT-VALUE}.")
  private int files;

  @Option(
      names = "--seeds",
      paramLabel = "FOLDER",
      description = "Damages the files of this folder as well; those beyond 300 kB are left out.")
  private Path seeds;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the damage. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    try (Workplace place = new Workplace();
        JavaSparkContext spark = SparkStart.context("bench fuzz")) {
      Figures result = new FuzzBench(place.folder(), files, seeds, seed).run(spark);
      figures.show(result);
      return result.json().get("executors-lost").asInt() == 0 ? 0 : BAD_DATA;
    }
  }
}
