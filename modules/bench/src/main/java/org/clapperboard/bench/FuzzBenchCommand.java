package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh fuzz}. */
@Command(
    name = "fuzz",
    description =
        "Damages media files and prepares them on a cluster. Every file has to become a sample or a "
            + "row of quarantine; if one does not, this ends with exit code 3, and with 5 if an "
            + "executor was lost or a task failed. The slowest file is told by its number, and so is "
            + "what was not read to its end; a number and a seed give the same file again, as long as "
            + "--seeds are the same.",
    footer = {"  jobs/bench.sh fuzz", "  jobs/bench.sh fuzz --seeds my-clips --json fuzz.json"})
final class FuzzBenchCommand extends Measurement.OnSpark {
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

  @Option(
      names = "--keep",
      paramLabel = "FOLDER",
      description = "Copies the files that are told by their number into this folder.")
  private Path keep;

  @Override
  Figures measure(Path folder, JavaSparkContext spark) throws IOException {
    Originals made = Originals.made();
    DamagedFiles damaged = new DamagedFiles(seeds == null ? made : made.with(seeds), seed);
    return new FuzzBench(folder, files, damaged, keep).run(spark);
  }
}
