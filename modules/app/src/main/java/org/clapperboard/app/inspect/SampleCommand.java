package org.clapperboard.app.inspect;

import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code jobs/inspect.sh sample}: which steps and checkpoints have seen a sample. */
@Command(
    name = "sample",
    mixinStandardHelpOptions = true,
    description =
        "Tells which steps have seen a sample, and which checkpoints and weights hold them.",
    footer = {
      "  jobs/inspect.sh sample --run runs/demo clip-17",
      "  jobs/inspect.sh sample --run runs/demo --prepared /data/prepared clip-17"
    })
public final class SampleCommand implements Callable<Integer> {
  private static final String STEPS =
      """
      SELECT stage, epoch, step, stream, rank, place, dataset, tokens, round(loss, 4) AS loss, learned
      FROM ledger WHERE sample_id = :sample ORDER BY stage, step, place
      """;
  private static final String HOLDERS =
      """
      SELECT DISTINCT c.stage, c.kind, c.steps, array_join(c.parts, ', ') AS parts
      FROM seen s JOIN checkpoints c ON c.stage = s.stage AND c.steps > s.first_step
      WHERE s.sample_id = :sample ORDER BY c.stage, c.kind, c.steps
      """;

  @Mixin private RunOption run;

  @Parameters(index = "0", paramLabel = "SAMPLE", description = "Its sample_id.")
  private String sample;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = run.open()) {
      Map<String, Object> values = Map.of("sample", sample);
      Dataset<Row> steps = tables.ask(STEPS, values);
      if (steps.isEmpty()) {
        throw new BadData("No step of " + run.run() + " has seen a sample \"" + sample + "\".");
      }
      RunTables.print(console, steps);
      tables.ask(HOLDERS, values).collectAsList().forEach(this::seenBy);
    }
    return 0;
  }

  private void seenBy(Row holder) {
    if (holder.getString(1).equals("weights")) {
      console.line(
          "%s: its weights (after %d steps) have seen it: %s",
          holder.getString(0), holder.getLong(2), holder.getString(3));
    } else {
      console.line(
          "%s: the checkpoint after %06d steps has seen it",
          holder.getString(0), holder.getLong(2));
    }
  }
}
