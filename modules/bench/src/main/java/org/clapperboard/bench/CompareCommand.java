package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jobs/bench.sh compare}. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    description =
        "Compares two runs of jobs/bench.sh all side by side, such as of two commits: what counts of each path, and whether it "
            + "changed by more than its rounds differ.",
    footer = {
      "  jobs/bench.sh compare before.json after.json",
      "  jobs/bench.sh compare runs/a.json runs/b.json"
    })
final class CompareCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "BEFORE", description = "JSON of the older run.")
  private Path before;

  @Parameters(index = "1", paramLabel = "AFTER", description = "JSON of the newer run.")
  private Path after;

  @Override
  public Integer call() throws IOException {
    Console console = new Console();
    new Comparison(WholeTable.read(before), WholeTable.read(after))
        .lines()
        .forEach(line -> console.line("%s", line));
    return 0;
  }
}
