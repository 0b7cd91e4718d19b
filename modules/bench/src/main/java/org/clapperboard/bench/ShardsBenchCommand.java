package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/bench.sh shards}. */
@Command(
    name = "shards",
    description =
        "Reads a shard from the page cache as training does, in turn with a tar of the same bytes "
            + "that Python reads as WebDataset does, and with the plain file. One thread each; the "
            + "time of processors is that of the whole process.",
    footer = {
      "  jobs/bench.sh shards",
      "  jobs/bench.sh shards --megabytes 2048 --json shards.json"
    })
final class ShardsBenchCommand extends Measurement {
  @Mixin private PeerOption peer;

  @Option(
      names = "--megabytes",
      paramLabel = "N",
      defaultValue = "512",
      description = "Media in a file. Default: ${DEFAULT-VALUE}.")
  private int megabytes;

  @Option(
      names = "--frame-bytes",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Size of a frame, which is a member of the tar. Default: ${DEFAULT-VALUE}.")
  private int frameBytes;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "1",
      description = "Frames of a sample. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "9",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    return new ShardsBench(folder, megabytes, frameBytes, frames, rounds, peer.python()).run();
  }
}
