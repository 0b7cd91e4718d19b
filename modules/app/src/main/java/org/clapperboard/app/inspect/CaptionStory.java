package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** What a model said of the same samples while it learned. */
final class CaptionStory {
  private static final String CAPTIONS =
      """
      SELECT stage, step, dataset, sample_id, question, expected, said FROM captions
      ORDER BY stage, dataset, sample_id, step
      """;
  private static final String FRAMES =
      """
      SELECT dataset, sample_id, first(frames) AS frames FROM media
      LEFT SEMI JOIN captions USING (dataset, sample_id)
      WHERE frames IS NOT NULL AND size(frames) > 0 GROUP BY dataset, sample_id
      """;

  private final Map<String, List<Row>> captions;
  private final Map<Sample, String> pictures = new LinkedHashMap<>();

  private record Sample(String dataset, String id) {}

  CaptionStory(RunTables tables) {
    this.captions = tables.byStage(CAPTIONS, Map.of());
    if (!captions.isEmpty()) {
      for (Row row : tables.ask(FRAMES, Map.of()).collectAsList()) {
        pictures.put(sample(row), ContactSheet.inPage(row.getList(2)));
      }
    }
  }

  /** The samples of a stage with all that was said of them, as the template shows them. */
  List<Map<String, Object>> of(String stage) {
    Map<Sample, List<Row>> samples = new LinkedHashMap<>();
    for (Row row : captions.getOrDefault(stage, List.of())) {
      samples.computeIfAbsent(sample(row), sample -> new ArrayList<>()).add(row);
    }
    List<Map<String, Object>> listed = new ArrayList<>();
    samples.forEach(
        (sample, rows) ->
            listed.add(
                Map.of(
                    "id", sample.id(),
                    "dataset", sample.dataset(),
                    "picture", pictures.getOrDefault(sample, ""),
                    "question", rows.get(0).getAs("question"),
                    "expected", rows.get(0).getAs("expected"),
                    "answers", answers(rows))));
    return listed;
  }

  /** An answer stands until there is another one. */
  private static List<Map<String, Object>> answers(List<Row> rows) {
    List<Map<String, Object>> answers = new ArrayList<>();
    String before = null;
    for (Row row : rows) {
      String said = row.getAs("said");
      if (!said.equals(before)) {
        answers.add(Map.of("step", Shown.grouped(row, "step"), "said", said));
      }
      before = said;
    }
    return answers;
  }

  private static Sample sample(Row row) {
    return new Sample(row.getAs("dataset"), row.getAs("sample_id"));
  }
}
