package org.clapperboard.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.eval.benchmark.ExamRule;
import org.clapperboard.eval.benchmark.ExamRule.Metric;
import org.clapperboard.eval.benchmark.Figure;
import org.clapperboard.eval.benchmark.Figures;
import org.clapperboard.eval.benchmark.Judged;
import org.clapperboard.eval.benchmark.Marked;
import org.clapperboard.eval.judge.AutoDq;
import org.clapperboard.eval.judge.Judge;
import org.clapperboard.eval.judge.JudgeCase;
import org.clapperboard.eval.judge.JudgePrompt;
import org.clapperboard.eval.judge.Verdict;

/** Has open answers judged, measure by measure. */
final class Judging {
  private final ExamRule exam;
  private final Judge judge;
  private final Map<String, Long> outcomes = new TreeMap<>();

  Judging(ExamRule exam, Judge judge) {
    this.exam = exam;
    this.judge = judge;
  }

  /** An answer to a question. */
  record Item(Marked marked, Answer answer) {}

  /** A verdict with the items it is about: one, or a pair. */
  record Said(List<Item> items, Verdict verdict) {}

  /** What became of the cases so far, in words. */
  Map<String, Long> outcomes() {
    return outcomes;
  }

  /** The verdicts on all items, by measure. */
  Map<String, List<Said>> verdicts(List<Item> items) {
    Map<String, List<Said>> said = new LinkedHashMap<>();
    for (String measure : exam.judge()) {
      JudgePrompt prompt = JudgePrompt.named(measure);
      List<List<Item>> groups = exam.pairs().isEmpty() ? singles(items) : pairs(items);
      List<Verdict> verdicts = judge.judge(prompt, groups.stream().map(this::of).toList());
      List<Said> all = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        count(verdicts.get(i));
        all.add(new Said(groups.get(i), verdicts.get(i)));
      }
      said.put(measure, all);
    }
    return said;
  }

  /** Figures of verdicts. */
  List<Figure> figures(Map<String, List<Said>> verdicts) {
    Map<String, List<Judged>> judged = new LinkedHashMap<>();
    verdicts.forEach(
        (measure, said) ->
            judged.put(
                measure,
                said.stream()
                    .map(Said::verdict)
                    .map(one -> new Judged(one.correct(), one.score()))
                    .toList()));
    return Figures.judged(exam, judged).figures();
  }

  /** Figures of descriptions that are taken apart into events. */
  List<Figure> events(List<Item> items) {
    AutoDq quality =
        AutoDq.of(
            judge,
            items.stream()
                .map(
                    item ->
                        new AutoDq.Described(
                            item.marked().question().references().get(0),
                            item.marked().question().list("events"),
                            item.answer().given()))
                .toList());
    return Figures.events(
            quality.recall(), quality.recalled(), quality.precision(), quality.precise())
        .figures();
  }

  /** Whether descriptions are taken apart. */
  boolean ofEvents() {
    return exam.metric() == Metric.EVENTS;
  }

  private void count(Verdict verdict) {
    String outcome = verdict.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-');
    outcomes.merge(outcome, 1L, Long::sum);
  }

  private JudgeCase of(List<Item> group) {
    Marked first = group.get(0).marked();
    return new JudgeCase(
        group.stream().map(item -> item.marked().question().prompt()).toList(),
        first.question().references(),
        group.stream().map(item -> item.answer().given()).toList());
  }

  private static List<List<Item>> singles(List<Item> items) {
    return items.stream().map(List::of).toList();
  }

  /** Questions of one pair, in their order; one whose fellow could not be asked is left out. */
  private List<List<Item>> pairs(List<Item> items) {
    Map<String, List<Item>> pairs = new LinkedHashMap<>();
    for (Item item : items) {
      String pair = item.marked().question().fact(exam.pairs());
      pairs.computeIfAbsent(pair, name -> new ArrayList<>()).add(item);
    }
    return pairs.values().stream().filter(pair -> pair.size() == 2).toList();
  }
}
