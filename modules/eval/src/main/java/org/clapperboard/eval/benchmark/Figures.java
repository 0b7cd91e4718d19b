package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.clapperboard.eval.benchmark.ExamRule.Metric;
import org.clapperboard.eval.benchmark.Extracted.How;

/**
 * What comes of an exam.
 *
 * @param figures the most important one first
 */
public record Figures(List<Figure> figures) implements Serializable {
  /** The measure of judges that say whether an answer is right. */
  public static final String QA = "qa";

  private static final Set<String> YES_NO = Set.of("yes", "no");

  public Figures {
    figures = List.copyOf(figures);
  }

  /** The figure of that name, or null. */
  public Figure named(String name) {
    return figures.stream().filter(figure -> figure.name().equals(name)).findFirst().orElse(null);
  }

  /** Figures of answers that were compared with references. */
  public static Figures of(ExamRule exam, List<Marked> marked) {
    List<Marked> known = marked.stream().filter(one -> one.mark() != Mark.UNKNOWN).toList();
    List<Figure> figures = new ArrayList<>();
    if (exam.metric() == Metric.MEAN_OF_GROUPS) {
      String fact = exam.groups().get(0);
      figures.add(Figure.meanOfShares("mean-of-" + fact, groups(fact, known)));
    }
    if (!exam.metric().judged()) {
      figures.add(share("accuracy", known));
    }
    if (exam.yesNo()) {
      figures.add(yesNo(known));
    }
    if (exam.answers().kind() != AnswerRule.Kind.OPEN) {
      long unreadable = marked.stream().filter(one -> !one.extracted().readable()).count();
      figures.add(Figure.share("unreadable", unreadable, marked.size()));
      long guessed = marked.stream().filter(one -> one.extracted().how() == How.DEFAULT).count();
      if (guessed > 0) {
        figures.add(Figure.share("default", guessed, marked.size()));
      }
    }
    exam.groups().forEach(fact -> figures.addAll(groups(fact, known)));
    return new Figures(figures);
  }

  private static Figure share(String name, List<Marked> marked) {
    return Figure.share(
        name, marked.stream().filter(one -> one.mark() == Mark.RIGHT).count(), marked.size());
  }

  private static List<Figure> groups(String fact, List<Marked> marked) {
    Map<String, List<Marked>> groups = new TreeMap<>();
    marked.forEach(
        one ->
            groups.computeIfAbsent(one.question().fact(fact), key -> new ArrayList<>()).add(one));
    return groups.entrySet().stream()
        .map(group -> share(fact + "=" + group.getKey(), group.getValue()))
        .toList();
  }

  /**
   * Questions with the answer yes or no. The reference does not trim answers for this figure, as it
   * does for the accuracy: what its rule had to trim counts as wrong here.
   */
  private static Figure yesNo(List<Marked> marked) {
    Predicate<Marked> right =
        one -> one.mark() == Mark.RIGHT && one.extracted().how() != How.TRIMMED;
    List<Marked> asked =
        marked.stream()
            .filter(
                one ->
                    one.question().references().stream()
                        .allMatch(text -> YES_NO.contains(text.toLowerCase(Locale.ROOT))))
            .toList();
    return Figure.share("yes-no", asked.stream().filter(right).count(), asked.size());
  }

  /**
   * Figures of what a judge said.
   *
   * @param verdicts a list for each thing it was asked, by name, an entry for each answer
   */
  public static Figures judged(ExamRule exam, Map<String, List<Judged>> verdicts) {
    List<Figure> figures = new ArrayList<>();
    for (Map.Entry<String, List<Judged>> measure : new TreeMap<>(verdicts).entrySet()) {
      List<Judged> given = measure.getValue();
      List<Double> scores = given.stream().map(Judged::score).filter(Objects::nonNull).toList();
      if (measure.getKey().equals(QA)) {
        figures.add(correct(exam.metric(), given));
        figures.add(Figure.mean("score", scores));
      } else {
        figures.add(Figure.mean(measure.getKey(), scores));
      }
    }
    long all = verdicts.values().stream().mapToLong(List::size).sum();
    long silent =
        verdicts.values().stream()
            .flatMap(List::stream)
            .filter(one -> one.correct() == null && one.score() == null)
            .count();
    figures.add(Figure.share("unjudged", silent, all));
    return new Figures(figures);
  }

  private static Figure correct(Metric metric, List<Judged> given) {
    long yes = given.stream().filter(one -> Boolean.TRUE.equals(one.correct())).count();
    long no = given.stream().filter(one -> Boolean.FALSE.equals(one.correct())).count();
    return Figure.share("accuracy", yes, metric == Metric.JUDGED_OF_ALL ? given.size() : yes + no);
  }

  /**
   * Figures of events.
   *
   * @param recall mean share of a reference's events that an answer tells, 0 to 1
   * @param recalled answers of which that is known
   * @param precision mean share of an answer's events that are true
   * @param precise answers of which that is known
   */
  public static Figures events(double recall, long recalled, double precision, long precise) {
    double sum = recall + precision;
    double f1 = sum == 0 ? 0 : 2 * recall * precision / sum;
    return new Figures(
        List.of(
            plain("f1", f1, Math.min(recalled, precise)),
            plain("recall", recall, recalled),
            plain("precision", precision, precise)));
  }

  /** Of events there is no interval: how they vary within an answer is not told. */
  private static Figure plain(String name, double share, long count) {
    return new Figure(name, Figure.Unit.PER_CENT, 100 * share, count, Double.NaN, Double.NaN);
  }
}
