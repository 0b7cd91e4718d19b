package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh allreduce}. */
@Command(
    name = "allreduce",
    description =
        "Times all-reduces of float32 by our collective, through memory as between ranks of a host and over TCP, "
            + "plain and encrypted, in turn with PyTorch's Gloo. "
            + "Every rank is a process of its own on this machine; sums are checked. Processor seconds "
            + "are of all ranks, all their threads.",
    footer = {
      "  jobs/bench.sh allreduce",
      "  jobs/bench.sh allreduce --ranks 2 --megabytes 64 --rounds 5"
    })
final class AllReduceBenchCommand extends Measurement {
  private static final int MEGABYTES_AT_MOST = 1024;

  @Spec private CommandSpec command;

  @Mixin private PeerOption peer;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      split = ",",
      defaultValue = "2,4",
      description = "Numbers of ranks, powers of 2. Default: ${DEFAULT-VALUE}.")
  private List<Integer> worlds;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      split = ",",
      defaultValue = "1,64,256",
      description = "Sizes of the buffer, in 2^20 bytes. Default: ${DEFAULT-VALUE}.")
  private List<Integer> megabytes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "11",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--streams",
      paramLabel = "N",
      defaultValue = "1",
      description = "Our connections between two ranks. Default: ${DEFAULT-VALUE}.")
  private int streams;

  @Override
  Figures measure(Path folder) throws IOException {
    boolean countable =
        worlds.stream().allMatch(n -> n >= 2 && n <= 8 && Integer.bitCount(n) == 1)
            && megabytes.stream().allMatch(n -> n >= 1 && n <= MEGABYTES_AT_MOST);
    if (!countable) {
      throw new ParameterException(
          command.commandLine(),
          "--ranks is "
              + worlds
              + ", --megabytes "
              + megabytes
              + " (expected: 2, 4 or 8 ranks, 1 to "
              + MEGABYTES_AT_MOST
              + " megabytes).");
    }
    return new AllReduceBench(folder, worlds, megabytes, rounds, streams, peer.python()).run();
  }
}
