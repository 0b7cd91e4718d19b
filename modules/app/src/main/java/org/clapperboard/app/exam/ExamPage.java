package org.clapperboard.app.exam;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clapperboard.app.inspect.ContactSheet;
import org.clapperboard.app.inspect.HtmlPage;
import org.clapperboard.data.shard.PreparedDataset;
import org.clapperboard.data.shard.ShardReader;
import org.clapperboard.data.shard.ShardReader.Name;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.Answer;
import org.clapperboard.eval.AnswerStore;
import org.clapperboard.eval.Answered;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.Verdicts;
import org.clapperboard.eval.benchmark.Figure;

/** A page about an exam: figures with bars, and pictures of questions that were hit and missed. */
final class ExamPage {
  private static final int EXAMPLES = 4;

  private final Folder results;
  private final List<SetResult> sets;
  private final String compareWith;

  ExamPage(Folder results, List<SetResult> sets, String compareWith) {
    this.results = results;
    this.sets = sets;
    this.compareWith = compareWith;
  }

  void write(Folder folder, String name) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("title", results.path().getName());
    values.put("sets", sets.stream().map(this::set).toList());
    HtmlPage.of("exam.html", values).write(folder, name);
  }

  private Map<String, Object> set(SetResult result) {
    Map<String, Object> set = new LinkedHashMap<>();
    set.put("name", result.set());
    set.put("asked", result.asked());
    set.put("unasked", result.unasked());
    set.put("reading", result.reading());
    set.put("judge", result.judge());
    set.put("figures", result.figures().stream().map(figure -> figure(result, figure)).toList());
    set.put(
        "byReference",
        result.byReference().stream()
            .filter(ResultTable::matters)
            .map(figure -> figure(result, figure))
            .toList());
    set.put("quarantined", counts(result.quarantined()));
    set.put("outcomes", counts(result.outcomes()));
    set.put("published", published(result));
    set.put("compared", result.published().containsKey(compareWith));
    List<Map<String, Object>> hits = new ArrayList<>();
    List<Map<String, Object>> misses = new ArrayList<>();
    examples(result, hits, misses);
    set.put("hits", hits);
    set.put("misses", misses);
    return set;
  }

  private Map<String, Object> figure(SetResult result, Figure figure) {
    Map<String, Object> shown = new LinkedHashMap<>();
    boolean share = !Double.isNaN(figure.value()) && figure.unit() == Figure.Unit.PER_CENT;
    Double theirs = result.published().getOrDefault(compareWith, Map.of()).get(figure.name());
    shown.put("name", figure.name());
    shown.put("value", ResultTable.shown(figure.value()) + (share ? " %" : ""));
    shown.put("interval", ResultTable.interval(figure));
    shown.put("count", figure.count());
    shown.put("bar", share);
    shown.put("width", percent(figure.value()));
    shown.put("low", percent(Double.isNaN(figure.low()) ? figure.value() : figure.low()));
    shown.put("high", percent(Double.isNaN(figure.high()) ? figure.value() : figure.high()));
    shown.put("theirs", theirs == null ? "" : ResultTable.shown(theirs));
    shown.put("difference", theirs == null ? "" : ResultTable.difference(figure, theirs));
    return shown;
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f", Double.isNaN(value) ? 0 : value);
  }

  private static List<Map<String, Object>> counts(Map<String, Long> counts) {
    List<Map<String, Object>> listed = new ArrayList<>();
    counts.forEach((name, count) -> listed.add(Map.of("name", name, "count", count)));
    return listed;
  }

  private static List<Map<String, Object>> published(SetResult result) {
    List<Map<String, Object>> listed = new ArrayList<>();
    result
        .published()
        .forEach(
            (model, figures) -> {
              List<String> texts = new ArrayList<>();
              figures.forEach((name, value) -> texts.add(name + " " + ResultTable.shown(value)));
              listed.add(Map.of("model", model, "figures", String.join(", ", texts)));
            });
    return listed;
  }

  /** The first few questions that were answered rightly and wrongly, in the set's order. */
  private void examples(
      SetResult result, List<Map<String, Object>> hits, List<Map<String, Object>> misses) {
    Folder folder = results.folder(result.set());
    Map<String, Verdicts.Row> verdicts = new HashMap<>();
    Verdicts.in(folder).forEach(row -> verdicts.putIfAbsent(row.questionId(), row));
    Map<String, List<Map<String, Object>>> wanted = new LinkedHashMap<>();
    for (Answered one : AnswerStore.in(folder)) {
      Answer answer = one.answer();
      Verdicts.Row verdict = verdicts.get(answer.questionId());
      if (verdict == null || verdict.correct() == null) {
        continue;
      }
      List<Map<String, Object>> place = verdict.correct() ? hits : misses;
      if (place.size() < EXAMPLES) {
        Map<String, Object> example = new LinkedHashMap<>();
        example.put("id", answer.questionId());
        example.put("question", answer.question());
        example.put("expected", answer.expected());
        example.put("given", answer.given());
        example.put("read", verdict.extracted() == null ? verdict.how() : verdict.extracted());
        example.put("picture", "");
        place.add(example);
        wanted.computeIfAbsent(answer.sampleId(), id -> new ArrayList<>()).add(example);
      }
    }
    draw(result, wanted);
  }

  private void draw(SetResult result, Map<String, List<Map<String, Object>>> wanted) {
    Folder dataset = Folder.of(result.dataset(), results.configuration());
    PreparedDataset prepared = PreparedDataset.in(dataset);
    if (prepared == null) {
      return;
    }
    for (PreparedDataset.Shard shard : prepared.shards()) {
      try (ShardReader reader =
          new ShardReader(dataset.folder("shards").path(shard.file()), results.configuration())) {
        for (Name name : reader.names()) {
          List<Map<String, Object>> examples = wanted.remove(name.sample());
          if (examples != null) {
            StoredSample sample = reader.rowGroup(name.rowGroup()).get(name.row());
            if (sample.frames() != null) {
              String picture = ContactSheet.inPage(sample.frames().encoded());
              examples.forEach(example -> example.put("picture", picture));
            }
          }
        }
      }
      if (wanted.isEmpty()) {
        return;
      }
    }
  }
}
