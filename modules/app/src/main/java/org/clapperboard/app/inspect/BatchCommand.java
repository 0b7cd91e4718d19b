package org.clapperboard.app.inspect;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.clapperboard.app.Console;
import org.clapperboard.config.BadData;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code jobs/inspect.sh batch}: which samples made a step. */
@Command(
    name = "batch",
    mixinStandardHelpOptions = true,
    description = {
      "Tells which samples made a step: where they came from, what was asked and answered, and what",
      "each cost. --sheet draws their frames."
    },
    footer = {
      "  jobs/inspect.sh batch --run runs/demo --stage stage1-video-pretrain --step 0",
      "  jobs/inspect.sh batch --run runs/demo --stage stage6-av-joint --step 7 --sheet batch.png"
    })
public final class BatchCommand implements Callable<Integer> {
  private static final String ROWS =
      """
      SELECT l.place, l.rank, l.stream, l.dataset, l.sample_id, s.media, s.start_seconds,
             s.end_seconds, l.tokens, round(l.loss, 4) AS loss,
             array_join(transform(s.exchanges, e -> concat(e.question, ' -> ', e.answer)), ' | ')
               AS exchanges
      FROM ledger l LEFT JOIN samples s ON l.dataset = s.dataset AND l.sample_id = s.sample_id
      WHERE l.stage = :stage AND l.step = :step ORDER BY l.place
      """;
  private static final String FRAMES =
      """
      SELECT l.place, l.sample_id, s.frames
      FROM ledger l JOIN media s ON l.dataset = s.dataset AND l.sample_id = s.sample_id
      WHERE l.stage = :stage AND l.step = :step ORDER BY l.place
      """;

  @Mixin private RunOption run;

  @Option(names = "--stage", required = true, paramLabel = "NAME", description = "The stage.")
  private String stage;

  @Option(names = "--step", required = true, paramLabel = "N", description = "The step, from 0.")
  private long step;

  @Option(
      names = "--sheet",
      paramLabel = "FILE",
      description = "PNG file to draw the frames to, a row for each sample.")
  private Path sheet;

  private final Console console = new Console();

  @Override
  public Integer call() {
    try (RunTables tables = run.open()) {
      Map<String, Object> values = Map.of("stage", stage, "step", step);
      Dataset<Row> rows = tables.ask(ROWS, values);
      if (rows.isEmpty()) {
        throw new BadData(
            "Cannot show step "
                + step
                + " of "
                + stage
                + ": the ledger of "
                + run.run()
                + " has none.");
      }
      RunTables.print(console, rows);
      if (sheet != null) {
        List<Row> frames = tables.ask(FRAMES, values).collectAsList();
        ContactSheet.of(frames).write(sheet);
        console.line("%s", sheet);
      }
    }
    return 0;
  }
}
