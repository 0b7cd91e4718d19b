package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh checkpoint}. */
@Command(
    name = "checkpoint",
    description =
        "Tells how long training stands still for a checkpoint that it waits for, and for one that"
            + " is written beside it.",
    footer = {
      "  jobs/bench.sh checkpoint",
      "  jobs/bench.sh checkpoint --to /data/scratch --parameters 256000000"
    })
final class CheckpointBenchCommand extends Measurement {
  @Option(
      names = "--to",
      paramLabel = "PLACE",
      description = "A folder or URI to write to. Default: a temporary folder.")
  private String place;

  @Option(
      names = "--parameters",
      paramLabel = "N",
      defaultValue = "64000000",
      description = "Parameters that the rank updates. Default: ${DEFAULT-VALUE}.")
  private long parameters;

  @Option(
      names = "--step",
      paramLabel = "SECONDS",
      defaultValue = "0.5",
      description =
          "How long after a checkpoint the next update comes: the copy is made meanwhile. Default:"
              + " ${DEFAULT-VALUE}.")
  private double step;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Checkpoints of either kind. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    String to = place == null ? folder.toString() : place;
    return new CheckpointBench(to + "/bench-checkpoints", parameters, step, rounds).run();
  }
}
