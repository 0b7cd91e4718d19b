package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.clapperboard.app.inspect.LinePlot.Line;
import org.clapperboard.app.inspect.LinePlot.Point;

/** What a page tells of a run, stage by stage. Long stages are drawn in means over some steps. */
final class RunReport {
  private static final int MOST_POINTS = 300;

  private static final String STAGES =
      """
      SELECT stage, count(*) AS steps, sum(samples) AS samples, sum(positions) AS positions,
        sum(labels) AS labels, sum(seconds) AS seconds,
        count_if(NOT coalesce(taken, true)) AS skipped,
        sum(data_wait_seconds) / sum(seconds) AS data_wait,
        sum(exchange_wait_seconds) / sum(seconds) AS exchange_wait,
        max(peak_memory_bytes - heap_bytes) AS memory, max(planned) AS planned, avg(utilisation) AS utilisation,
        min_by(loss, step) AS first_loss, max_by(loss, step) AS last_loss, max(step) AS last_step
      FROM metrics LEFT JOIN (SELECT stage, max_by(planned_memory_bytes, started) AS planned
                        FROM attempts GROUP BY stage) USING (stage)
      GROUP BY stage ORDER BY stage
      """;
  private static final String POINTS =
      """
      SELECT stage, avg(step) AS step,
        sum(CASE WHEN isnan(loss) THEN NULL ELSE loss * labels END)
          / sum(CASE WHEN isnan(loss) THEN NULL ELSE labels END) AS loss,
        avg(lr) AS lr,
        avg(CASE WHEN isnan(gradient_norm) THEN NULL ELSE gradient_norm END) AS gradient_norm,
        sum(positions) / sum(seconds) AS tokens,
        100 * sum(data_wait_seconds) / sum(seconds) AS data_wait,
        100 * sum(exchange_wait_seconds) / sum(seconds) AS exchange_wait,
        CAST(max(memory_bytes) AS DOUBLE) / 1e9 AS memory, 100 * avg(utilisation) AS utilisation
      FROM metrics JOIN (SELECT stage, 1 + max(step) div :points AS each FROM metrics GROUP BY stage)
        USING (stage)
      GROUP BY stage, step div each ORDER BY stage, step
      """;
  private static final String LOSSES =
      """
      SELECT stage, name, avg(step) AS step,
        sum(CASE WHEN isnan(loss) THEN NULL ELSE loss * labels END)
          / sum(CASE WHEN isnan(loss) THEN NULL ELSE labels END) AS loss
      FROM losses JOIN (SELECT stage, 1 + max(step) div :points AS each FROM metrics GROUP BY stage)
        USING (stage)
      WHERE kind = 'modality' AND labels > 0
      GROUP BY stage, name, step div each ORDER BY stage, name, step
      """;
  private static final String MIXTURE =
      """
      SELECT stage, m.stream, dataset, used, distinct_samples, m.samples, tokens, ratio, loss
      FROM mixture AS m
      LEFT JOIN (SELECT stage, name AS dataset, sum(loss * labels) / sum(labels) AS loss
                 FROM losses
                 JOIN (SELECT stage, max(step) AS end FROM metrics GROUP BY stage) USING (stage)
                 WHERE kind = 'dataset' AND step > 0.9 * end AND labels > 0 AND NOT isnan(loss)
                 GROUP BY stage, name) USING (stage, dataset)
      ORDER BY stage, ratio DESC, m.stream, dataset
      """;
  private static final String VALIDATION =
      """
      SELECT stage, name, CAST(step AS DOUBLE) AS step, loss FROM validation
      ORDER BY stage, kind, name, step
      """;
  private static final String SLICES =
      """
      SELECT stage, set AS name, CAST(step AS DOUBLE) AS step, 100 * share AS percent FROM slices
      ORDER BY stage, name, step
      """;

  private final RunTables tables;
  private final Map<String, List<Row>> points;
  private final Map<String, List<Row>> losses;
  private final Map<String, List<Row>> mixture;
  private final Map<String, List<Row>> validation;
  private final Map<String, List<Row>> slices;
  private final StageHistory history;
  private final CaptionStory captions;

  /** Asks each question once for all stages. */
  RunReport(RunTables tables) {
    this.tables = tables;
    this.points = tables.byStage(POINTS, Map.of("points", MOST_POINTS));
    this.losses = tables.byStage(LOSSES, Map.of("points", MOST_POINTS));
    this.mixture = tables.byStage(MIXTURE, Map.of());
    this.validation = tables.byStage(VALIDATION, Map.of());
    this.slices = tables.byStage(SLICES, Map.of());
    this.history = new StageHistory(tables);
    this.captions = new CaptionStory(tables);
  }

  /** The stages, as the template shows them. */
  List<Map<String, Object>> stages() {
    return tables.ask(STAGES, Map.of()).collectAsList().stream().map(this::stage).toList();
  }

  private Map<String, Object> stage(Row summary) {
    String name = summary.getAs("stage");
    Map<String, Object> stage = new LinkedHashMap<>();
    stage.put("name", name);
    stage.put("facts", facts(summary));
    long each = 1 + summary.<Long>getAs("last_step") / MOST_POINTS;
    stage.put("each", each);
    stage.put(
        "plots", plots(name).stream().filter(LinePlot::hasPoints).map(LinePlot::drawn).toList());
    stage.put("mixture", mixture(name));
    stage.put("attempts", history.attempts(name));
    stage.put("checkpoints", history.checkpoints(name));
    stage.put("captions", captions.of(name));
    return stage;
  }

  private static List<Map<String, Object>> facts(Row stage) {
    Map<String, String> facts = new LinkedHashMap<>();
    double seconds = stage.getAs("seconds");
    facts.put("steps", Shown.grouped(stage, "steps"));
    facts.put("skipped steps", Shown.grouped(stage, "skipped"));
    facts.put("samples", Shown.grouped(stage, "samples"));
    facts.put("tokens, media included", Shown.grouped(stage, "positions"));
    facts.put("predictions learned from", Shown.grouped(stage, "labels"));
    facts.put("time in steps", Shown.time(seconds));
    facts.put("tokens per second", LinePlot.shown(stage.<Long>getAs("positions") / seconds));
    facts.put("samples per second", LinePlot.shown(stage.<Long>getAs("samples") / seconds));
    facts.put(
        "loss, first and last",
        Shown.number(stage, "first_loss") + " to " + Shown.number(stage, "last_loss"));
    facts.put("waiting for data", Shown.percent(stage, "data_wait"));
    facts.put("waiting for other ranks", Shown.percent(stage, "exchange_wait"));
    if (stage.getAs("utilisation") != null) {
      facts.put("model FLOPs utilisation", Shown.percent(stage, "utilisation"));
    }
    if (stage.getAs("memory") != null) {
      facts.put(
          "most memory of rank 0 beside its heap",
          gigabytes(stage, "memory")
              + (stage.getAs("planned") == null ? "" : ", planned " + gigabytes(stage, "planned")));
    }
    List<Map<String, Object>> listed = new ArrayList<>();
    facts.forEach((fact, value) -> listed.add(Map.of("name", fact, "value", value)));
    return listed;
  }

  private static String gigabytes(Row row, String column) {
    return String.format(Locale.ROOT, "%.2f GB", row.<Long>getAs(column) / 1e9);
  }

  private List<LinePlot> plots(String stage) {
    List<Row> rows = points.getOrDefault(stage, List.of());
    List<Line> lines = new ArrayList<>(List.of(line(rows, "loss", "all")));
    List<Line> modalities = lines(losses.getOrDefault(stage, List.of()), "loss");
    if (modalities.size() > 1) {
      lines.addAll(modalities);
    }
    List<Line> measured = lines(validation.getOrDefault(stage, List.of()), "loss");
    if (measured.size() == 2) {
      measured = measured.subList(0, 1); // All is one dataset.
    }
    return List.of(
        new LinePlot("Loss", lines),
        new LinePlot("Loss on held-out samples", measured),
        new LinePlot(
            "Exam slices, % right", lines(slices.getOrDefault(stage, List.of()), "percent")),
        new LinePlot("Learning rate", List.of(line(rows, "lr", "rate"))),
        new LinePlot(
            "Gradient norm, before clipping", List.of(line(rows, "gradient_norm", "norm"))),
        new LinePlot("Tokens per second", List.of(line(rows, "tokens", "tokens"))),
        new LinePlot(
            "Waiting, % of the time",
            List.of(line(rows, "data_wait", "data"), line(rows, "exchange_wait", "other ranks"))),
        new LinePlot("Memory of rank 0, GB", List.of(line(rows, "memory", "resident"))),
        new LinePlot("Model FLOPs utilisation, %", List.of(line(rows, "utilisation", "used"))));
  }

  /** A line for each name. */
  private static List<Line> lines(List<Row> rows, String column) {
    Map<String, List<Row>> named = new LinkedHashMap<>();
    rows.forEach(
        row -> named.computeIfAbsent(row.getAs("name"), name -> new ArrayList<>()).add(row));
    List<Line> lines = new ArrayList<>();
    named.forEach((name, some) -> lines.add(line(some, column, name)));
    return lines;
  }

  private static Line line(List<Row> rows, String column, String name) {
    return new Line(
        name,
        rows.stream()
            .map(
                row -> {
                  Double value = row.getAs(column);
                  return new Point(row.<Double>getAs("step"), value == null ? Double.NaN : value);
                })
            .toList());
  }

  private List<Map<String, Object>> mixture(String stage) {
    List<Map<String, Object>> listed = new ArrayList<>();
    for (Row row : mixture.getOrDefault(stage, List.of())) {
      double ratio = row.getAs("ratio");
      listed.add(
          Map.of(
              "stream",
              row.getAs("stream"),
              "dataset",
              row.getAs("dataset"),
              "used",
              Shown.grouped(row, "used"),
              "distinct",
              Shown.grouped(row, "distinct_samples"),
              "samples",
              row.getAs("samples") == null ? "" : Shown.grouped(row, "samples"),
              "tokens",
              Shown.grouped(row, "tokens"),
              "percent",
              Shown.percent(row, "ratio"),
              "width",
              String.format(Locale.ROOT, "%.1f", 100 * ratio),
              "loss",
              row.getAs("loss") == null ? "" : Shown.number(row, "loss")));
    }
    return listed;
  }
}
