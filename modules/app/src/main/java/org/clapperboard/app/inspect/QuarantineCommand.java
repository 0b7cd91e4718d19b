package org.clapperboard.app.inspect;

import java.util.Map;
import java.util.concurrent.Callable;
import org.clapperboard.app.Console;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh quarantine}: what could not be used, and why. */
@Command(
    name = "quarantine",
    mixinStandardHelpOptions = true,
    description = "Counts what could not be used, by dataset and reason, with examples of each.",
    footer = {
      "  jobs/inspect.sh quarantine --run runs/demo",
      "  jobs/inspect.sh quarantine --run runs/demo --examples 20"
    })
public final class QuarantineCommand implements Callable<Integer> {
  private static final String COUNTS =
      """
      SELECT dataset, reason, count(*) AS rows, max(millis) AS longest_millis,
             count(DISTINCT host) AS hosts
      FROM quarantine GROUP BY dataset, reason ORDER BY dataset, rows DESC, reason
      """;
  private static final String EXAMPLES =
      """
      SELECT dataset, reason, sample_id, detail FROM (
        SELECT *, row_number() OVER (PARTITION BY dataset, reason ORDER BY manifest, line) AS nth
        FROM quarantine)
      WHERE nth <= :examples ORDER BY dataset, reason, nth
      """;

  @Mixin private RunOption run;

  @Option(
      names = "--examples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Examples of each reason. Default: ${DEFAULT-VALUE}.")
  private int examples;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = run.open()) {
      if (!tables.has("quarantine")) {
        console.line("Nothing is in quarantine.");
        return 0;
      }
      RunTables.print(console, tables.ask(COUNTS, Map.of()));
      console.line("");
      RunTables.print(console, tables.ask(EXAMPLES, Map.of("examples", examples)));
    }
    return 0;
  }
}
