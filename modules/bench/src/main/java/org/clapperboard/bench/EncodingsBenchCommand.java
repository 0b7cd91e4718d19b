package org.clapperboard.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code jobs/bench.sh encodings}. */
@Command(
    name = "encodings",
    mixinStandardHelpOptions = true,
    description =
        "Stores frames of videos, in the size of a vision encoder, in every way that "
            + "prepare.frames-as knows: bytes, what is lost, and processor time on one thread.",
    footer = {
      "  jobs/bench.sh encodings clip.mp4",
      "  jobs/bench.sh encodings --size 224 one.mp4 two.mp4"
    })
final class EncodingsBenchCommand implements Callable<Integer> {
  @Parameters(arity = "1..*", paramLabel = "VIDEO", description = "Videos.")
  private List<Path> videos;

  @Option(
      names = "--frames",
      paramLabel = "N",
      defaultValue = "8",
      description = "Frames of each. Default: ${DEFAULT-VALUE}.")
  private int frames;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      defaultValue = "336",
      description = "Size of the vision encoder's pictures. Default: ${DEFAULT-VALUE}.")
  private int size;

  private final Console console = new Console();

  @Override
  public Integer call() {
    EncodingsBench bench = new EncodingsBench(EncodingsBench.frames(videos, frames, size));
    EncodingsBench.Cost.HEAD.forEach(console::line);
    for (EncodingsBench.Way way : EncodingsBench.Way.ALL) {
      console.line(bench.measure(way).row());
    }
    return 0;
  }
}
