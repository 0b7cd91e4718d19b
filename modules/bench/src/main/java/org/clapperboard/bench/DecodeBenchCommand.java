package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/bench.sh decode}. */
@Command(
    name = "decode",
    description =
        "Brings videos from their files to the vision encoder's floats, in turn with PyAV and Pillow "
            + "that do the same with the same files; one thread each. Without files it makes some. "
            + "With --check it takes no time, but compares every chosen frame with PyAV's.",
    footer = {"  jobs/bench.sh decode", "  jobs/bench.sh decode --check my-clips"})
final class DecodeBenchCommand extends Measurement {
  private static final String VIDEO = ".*\\.(mp4|mkv|webm|avi|mov)";

  @Mixin private PeerOption peer;

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "Videos, or folders of them.")
  private List<Path> given = List.of();

  @Option(names = "--check", description = "Compare the chosen frames, and take no time.")
  private boolean check;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "8",
      description = "Frames of a clip. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds that count. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Override
  Figures measure(Path folder) throws IOException {
    List<Path> files = given.isEmpty() ? MadeClips.write(folder) : files();
    return check
        ? new FrameCheck(files, frames, peer.python()).run()
        : new DecodeBench(files, frames, rounds, peer.python()).run();
  }

  private List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path path : given) {
      try (Stream<Path> inside = Files.walk(path)) {
        inside.filter(file -> file.toString().matches(VIDEO)).sorted().forEach(files::add);
      }
    }
    if (files.isEmpty()) {
      throw new BadData("Cannot measure: there is no video in " + given + ".");
    }
    return files;
  }
}
