package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.clapperboard.app.demo.DemoMedia;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the demo's media; called by {@code jobs/demo.sh}. */
@Command(
    name = "demo-media",
    mixinStandardHelpOptions = true,
    description = {
      "Makes the clips, sounds, pictures and texts of the demo's small world, with manifests in the",
      "formats of published datasets. What is there already is kept."
    },
    footer = {"  jobs/demo.sh", "  jobs/demo.sh --few --seed 2"})
public final class DemoMediaCommand implements Callable<Integer> {
  @Option(
      names = "--to",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder to write to.")
  private Path to;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Another world. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--few", description = "A tenth of everything, for a quick trial.")
  private boolean few;

  private final Console console = new Console();

  /** Runs the command. */
  public static void main(String... arguments) {
    App.run(new DemoMediaCommand(), arguments);
  }

  @Override
  public Integer call() throws IOException {
    Path done = to.resolve("made-with");
    String made = "seed " + seed + (few ? ", few" : "") + "\n";
    if (Files.exists(done) && Files.readString(done).equals(made)) {
      console.line("Media: kept what is in %s", to);
      return 0;
    }
    long start = System.nanoTime();
    DemoMedia.Amounts amounts =
        few
            ? new DemoMedia.Amounts(400, 1200, 144, 8, 120, 128, 24, 48)
            : new DemoMedia.Amounts(4000, 12000, 1408, 90, 1200, 1120, 240, 1200);
    Waiting.during(
        console,
        "Making the demo's media",
        WrittenBytes.in(to),
        () -> {
          new DemoMedia(to, seed, amounts).make();
          return to;
        });
    Files.writeString(done, made);
    console.line("Media: made in %.1f s, in %s", (System.nanoTime() - start) / 1e9, to);
    return 0;
  }
}
