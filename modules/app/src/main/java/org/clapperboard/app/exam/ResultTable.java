package org.clapperboard.app.exam;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.clapperboard.app.Console;
import org.clapperboard.eval.SetResult;
import org.clapperboard.eval.benchmark.Figure;

/**
 * The results of an exam as a table: ours, with its interval, and a published model's beside it.
 */
final class ResultTable {
  private final Console console;
  private final String compareWith;
  private final Predicate<Figure> shown;

  /**
   * A table.
   *
   * @param compareWith the published model whose figures stand beside ours, or empty
   * @param shown the figures that are told
   */
  ResultTable(Console console, String compareWith, Predicate<Figure> shown) {
    this.console = console;
    this.compareWith = compareWith;
    this.shown = shown;
  }

  /** Whether a figure is about the whole set, and tells something. */
  static boolean matters(Figure figure) {
    boolean ofGroup = figure.name().contains("=");
    boolean nothingWrong = figure.name().matches("unreadable|unjudged") && figure.value() == 0;
    return !ofGroup && !nothingWrong;
  }

  void print(List<SetResult> results) {
    boolean published = results.stream().anyMatch(result -> !theirs(result).isEmpty());
    console.line(
        "  %-26s %-34s %7s  %-16s %7s%s",
        "set",
        "figure",
        "ours",
        "95 % of it",
        "asked",
        published ? String.format(Locale.ROOT, "  %9s %10s", "published", "difference") : "");
    for (SetResult result : results) {
      result.figures().stream().filter(shown).forEach(figure -> line(result, figure, ""));
      result.byReference().stream()
          .filter(figure -> figure.name().equals("accuracy"))
          .forEach(figure -> line(result, figure, ", the reference's reading"));
      remarks(result);
    }
    if (published) {
      console.line("  published: %s", compareWith);
    }
  }

  private void line(SetResult result, Figure figure, String how) {
    Double theirs = theirs(result).get(figure.name());
    console.line(
        "  %-26s %-34s %7s  %-16s %7d%s",
        result.set(),
        figure.name() + how,
        shown(figure.value()),
        interval(figure),
        figure.count(),
        theirs == null
            ? ""
            : String.format(Locale.ROOT, "  %9s %10s", shown(theirs), difference(figure, theirs)));
  }

  /** What ours is above theirs, or nothing where only a server knows ours. */
  static String difference(Figure figure, double theirs) {
    return Double.isNaN(figure.value())
        ? ""
        : String.format(Locale.ROOT, "%+.2f", figure.value() - theirs);
  }

  private Map<String, Double> theirs(SetResult result) {
    return result.published().getOrDefault(compareWith, Map.of());
  }

  private void remarks(SetResult result) {
    if (result.chance() != null) {
      console.line("  %-26s guessing gets %s", result.set(), shown(result.chance()));
    }
    if (!result.quarantined().isEmpty()) {
      console.line(
          "  %-26s %d not asked, since media cannot be used: %s",
          result.set(), result.unasked(), counts(result.quarantined()));
    }
    if (!result.judge().isEmpty()) {
      console.line(
          "  %-26s judged by %s%s%s",
          result.set(),
          result.judge(),
          result.outcomes().isEmpty() ? "" : ": ",
          counts(result.outcomes()));
    }
    if (!result.submission().isEmpty()) {
      console.line("  %-26s to be submitted: %s", result.set(), Console.shown(result.submission()));
    }
  }

  private static String counts(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey())
        .collect(Collectors.joining(", "));
  }

  /** A figure as people read it. */
  static String shown(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value);
  }

  /** Both ends of a figure's interval, or nothing. */
  static String interval(Figure figure) {
    return Double.isNaN(figure.low()) ? "" : shown(figure.low()) + " to " + shown(figure.high());
  }
}
