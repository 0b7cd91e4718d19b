package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** How stages came to their end: attempts, and what is kept of them. */
final class StageHistory {
  private static final String ATTEMPTS =
      """
      SELECT stage, date_format(started, 'yyyy-MM-dd HH:mm:ss') AS started, ranks, first_step,
        steps_known, steps_saved, seconds, lost_seconds, cause, host
      FROM attempts ORDER BY stage, attempts.started
      """;
  private static final String CHECKPOINTS =
      """
      SELECT stage, kind, steps, array_join(parts, ', ') AS parts FROM checkpoints
      ORDER BY stage, kind, steps
      """;

  private final Map<String, List<Row>> attempts;
  private final Map<String, List<Row>> checkpoints;

  StageHistory(RunTables tables) {
    this.attempts = tables.byStage(ATTEMPTS, Map.of());
    this.checkpoints = tables.byStage(CHECKPOINTS, Map.of());
  }

  /** The attempts at a stage, as the template shows them. */
  List<Map<String, Object>> attempts(String stage) {
    List<Map<String, Object>> listed = new ArrayList<>();
    for (Row row : attempts.getOrDefault(stage, List.of())) {
      Map<String, Object> attempt = new TreeMap<>();
      String cause = row.getAs("cause");
      attempt.put("started", row.getAs("started"));
      attempt.put("ranks", row.getAs("ranks"));
      attempt.put("first", Shown.grouped(row, "first_step"));
      attempt.put("known", Shown.grouped(row, "steps_known"));
      attempt.put("saved", Shown.grouped(row, "steps_saved"));
      attempt.put("time", Shown.time(row.<Double>getAs("seconds")));
      attempt.put("lost", Shown.time(row.<Double>getAs("lost_seconds")));
      String host = row.getAs("host");
      attempt.put("host", host == null ? "" : host);
      attempt.put("cause", cause == null ? "finished" : cause);
      listed.add(attempt);
    }
    return listed;
  }

  /** What is kept of a stage, as the template shows it. */
  List<Map<String, Object>> checkpoints(String stage) {
    List<Map<String, Object>> listed = new ArrayList<>();
    for (Row row : checkpoints.getOrDefault(stage, List.of())) {
      String parts = row.getAs("parts");
      listed.add(
          Map.of(
              "kind",
              row.getAs("kind"),
              "steps",
              Shown.grouped(row, "steps"),
              "parts",
              parts == null ? "" : parts));
    }
    return listed;
  }
}
