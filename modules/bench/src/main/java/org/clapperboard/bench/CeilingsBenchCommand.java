package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh ceilings}. */
@Command(
    name = "ceilings",
    description =
        "Tells what this machine gives at best: products of matrices, copies in memory, its disk and its loopback "
            + "interface.",
    footer = {"  jobs/bench.sh ceilings", "  jobs/bench.sh ceilings --json ceilings.json"})
final class CeilingsBenchCommand extends Measurement {
  @Mixin private PeerOption peer;

  @Option(
      names = "--to",
      paramLabel = "FOLDER",
      description = "Whose disk is measured. Default: a temporary folder.")
  private Path place;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      defaultValue = "256",
      description = "What is copied, written, read and sent at once. Default: ${DEFAULT-VALUE}.")
  private int megabytes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    return new CeilingsBench(place == null ? folder : place, megabytes, rounds, peer.python())
        .run();
  }
}
