package org.clapperboard.app.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.checkpoint.StageResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code jobs/inspect.sh sample}: which steps and checkpoints have seen a sample. */
@Command(
    name = "sample",
    mixinStandardHelpOptions = true,
    description =
        "Tells which steps have seen a sample, and which checkpoints and weights hold them.")
public final class SampleCommand implements Callable<Integer> {
  private static final Pattern CHECKPOINT = Pattern.compile("step-(\\d+)\\.json");
  private static final String STEPS =
      """
      SELECT stage, epoch, step, stream, rank, place, dataset, tokens, round(loss, 4) AS loss
      FROM ledger WHERE sample_id = :sample ORDER BY stage, step, place
      """;
  private static final String FIRST =
      "SELECT stage, min(step) FROM ledger WHERE sample_id = :sample GROUP BY stage ORDER BY stage";

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
      for (Row stage : tables.ask(FIRST, values).collectAsList()) {
        seenBy(tables.folder().folder(stage.getString(0)), stage.getString(0), stage.getLong(1));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return 0;
  }

  private void seenBy(Folder folder, String stage, long firstStep) throws IOException {
    List<String> manifests = folder.folder("checkpoints").files();
    for (String manifest : manifests) {
      Matcher step = CHECKPOINT.matcher(manifest);
      if (step.matches() && Long.parseLong(step.group(1)) > firstStep) {
        console.line("%s: the checkpoint after %s steps has seen it", stage, step.group(1));
      }
    }
    StageResult result = StageResult.in(folder);
    if (result != null) {
      console.line(
          "%s: its weights (after %d steps) have seen it: %s",
          stage, result.steps(), String.join(", ", result.parts().keySet()));
    }
  }
}
