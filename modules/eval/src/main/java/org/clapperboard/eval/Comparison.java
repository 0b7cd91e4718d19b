package org.clapperboard.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.math3.stat.inference.AlternativeHypothesis;
import org.apache.commons.math3.stat.inference.BinomialTest;
import org.apache.commons.math3.stat.inference.WilcoxonSignedRankTest;

/**
 * Two models that were asked the same questions, compared question by question: that tells smaller
 * differences from chance than two accuracies do.
 *
 * @param measure what a judge was asked, or empty
 * @param both questions that both answered and that were marked for both
 * @param first figure of the first model: share of right answers in per cent, or mean score
 * @param second of the second
 * @param gained questions that the second did better
 * @param lost questions that the second did worse
 * @param p chance of such a difference, or a larger one, between models that are equally good
 * @param flipped names of the questions that one had right and the other wrong, by {@code gained}
 *     and {@code lost}
 */
public record Comparison(
    String measure,
    long both,
    double first,
    double second,
    long gained,
    long lost,
    double p,
    Map<String, List<String>> flipped) {

  /**
   * From so many pairs on the exact test of ranks takes too long; a normal distribution is near.
   */
  private static final int EXACT_RANKS = 30;

  /** The comparisons of two tables of verdicts, measure by measure. */
  public static List<Comparison> of(List<Verdicts.Row> first, List<Verdicts.Row> second) {
    Map<String, Map<String, Verdicts.Row>> others = byMeasure(second);
    List<Comparison> comparisons = new ArrayList<>();
    byMeasure(first)
        .forEach(
            (measure, rows) -> {
              List<Pair> pairs = pairs(rows, others.getOrDefault(measure, Map.of()));
              List<Pair> scored = pairs.stream().filter(Pair::hasScores).toList();
              List<Pair> marked = pairs.stream().filter(Pair::isMarked).toList();
              if (!marked.isEmpty()) {
                comparisons.add(ofMarks(measure, marked));
              }
              if (!scored.isEmpty()) {
                comparisons.add(ofScores(measure + " score", scored));
              }
            });
    return comparisons;
  }

  private record Pair(Verdicts.Row first, Verdicts.Row second) {
    boolean isMarked() {
      return first.correct() != null && second.correct() != null;
    }

    boolean hasScores() {
      return first.score() != null && second.score() != null;
    }

    int gain() {
      return Boolean.compare(second.correct(), first.correct());
    }
  }

  private static Map<String, Map<String, Verdicts.Row>> byMeasure(List<Verdicts.Row> rows) {
    Map<String, Map<String, Verdicts.Row>> measures = new LinkedHashMap<>();
    for (Verdicts.Row row : rows) {
      measures
          .computeIfAbsent(row.measure(), measure -> new LinkedHashMap<>())
          .put(row.questionId(), row);
    }
    return measures;
  }

  private static List<Pair> pairs(
      Map<String, Verdicts.Row> first, Map<String, Verdicts.Row> second) {
    List<Pair> pairs = new ArrayList<>();
    first.forEach(
        (question, row) -> {
          if (second.containsKey(question)) {
            pairs.add(new Pair(row, second.get(question)));
          }
        });
    return pairs;
  }

  /** McNemar's test, exact: of the questions that differ, each side has half by chance. */
  private static Comparison ofMarks(String measure, List<Pair> pairs) {
    List<String> gained = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    for (Pair pair : pairs) {
      if (pair.gain() != 0) {
        (pair.gain() > 0 ? gained : lost).add(pair.first().questionId());
      }
    }
    int differ = gained.size() + lost.size();
    double p =
        differ == 0
            ? 1
            : Math.min(
                1,
                new BinomialTest()
                    .binomialTest(differ, gained.size(), 0.5, AlternativeHypothesis.TWO_SIDED));
    return new Comparison(
        measure,
        pairs.size(),
        100.0 * pairs.stream().filter(pair -> pair.first().correct()).count() / pairs.size(),
        100.0 * pairs.stream().filter(pair -> pair.second().correct()).count() / pairs.size(),
        gained.size(),
        lost.size(),
        p,
        Map.of("gained", gained, "lost", lost));
  }

  /** Wilcoxon's signed-rank test of the scores that differ. */
  private static Comparison ofScores(String measure, List<Pair> pairs) {
    List<Pair> differ =
        pairs.stream()
            .filter(pair -> Double.compare(pair.first().score(), pair.second().score()) != 0)
            .toList();
    double[] before = differ.stream().mapToDouble(pair -> pair.first().score()).toArray();
    double[] after = differ.stream().mapToDouble(pair -> pair.second().score()).toArray();
    double p =
        differ.isEmpty()
            ? 1
            : new WilcoxonSignedRankTest()
                .wilcoxonSignedRankTest(before, after, differ.size() < EXACT_RANKS);
    long gained =
        differ.stream().filter(pair -> pair.second().score() > pair.first().score()).count();
    return new Comparison(
        measure,
        pairs.size(),
        pairs.stream().mapToDouble(pair -> pair.first().score()).average().orElse(Double.NaN),
        pairs.stream().mapToDouble(pair -> pair.second().score()).average().orElse(Double.NaN),
        gained,
        differ.size() - gained,
        p,
        Map.of("gained", List.of(), "lost", List.of()));
  }
}
