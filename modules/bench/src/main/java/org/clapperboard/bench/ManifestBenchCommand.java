package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh manifest}. */
@Command(
    name = "manifest",
    description =
        "Writes a table of millions of rows, some of them with a field of a megabyte, and plans it "
            + "as preparing does: every row is read, some samples are chosen and put in order. In "
            + "one process, with the heap of 2 GB and the cores that Spark finds.",
    footer = {
      "  jobs/bench.sh manifest",
      "  SPARK_MASTER=local[4] jobs/bench.sh manifest --json manifest.json"
    })
final class ManifestBenchCommand extends Measurement.OnSpark {
  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10000000",
      description = "Rows of the table. Default: ${DEFAULT-VALUE}.")
  private long rows;

  @Option(
      names = "--take",
      paramLabel = "N",
      defaultValue = "4000000",
      description = "Samples to choose. Default: ${DEFAULT-VALUE}.")
  private long take;

  @Option(
      names = "--huge-every",
      paramLabel = "N",
      defaultValue = "100000",
      description = "One row of so many has a field of a megabyte. Default: ${DEFAULT-VALUE}.")
  private long hugeEvery;

  @Override
  Figures measure(Path folder, JavaSparkContext spark) throws IOException {
    return new ManifestBench(folder, rows, take, hugeEvery).run(spark);
  }
}
