package org.clapperboard.app.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh report}: a page about a run. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a page about a run: of each stage its loss, by modality too, learning rate, gradient",
      "norm, speed, waits and memory as plots, its mixture by dataset, what it said of samples it never",
      "learned from, its attempts, and what it handed over. One file of HTML that loads nothing from",
      "elsewhere."
    },
    footer = {
      "  jobs/inspect.sh report --run runs/demo --to report.html",
      "  jobs/inspect.sh report --run /data/run --prepared /data/prepared --to report.html"
    })
public final class ReportCommand implements Callable<Integer> {
  @Mixin private RunOption run;

  @Option(names = "--to", required = true, paramLabel = "FILE", description = "The page.")
  private Path to;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = run.open()) {
      List<Map<String, Object>> stages = new RunReport(tables).stages();
      if (stages.isEmpty()) {
        throw new BadData("Cannot report on " + run.run() + ": no step of it is in its metrics.");
      }
      HtmlPage.of("report.html", Map.of("title", run.run(), "stages", stages)).write(to);
    }
    console.line("%s", to);
    return 0;
  }
}
