package org.clapperboard.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Two runs of everything side by side.
 *
 * @param before an older one
 * @param after a newer one
 */
record Comparison(WholeTable before, WholeTable after) {

  /** How one path stands against before. */
  enum Verdict {
    BETTER("better"),
    WORSE("**worse**"),
    WITHIN("within the spread");

    private final String shown;

    Verdict(String shown) {
      this.shown = shown;
    }
  }

  /** Beyond the spread is a figure all of whose rounds lie on one side of all rounds before. */
  static Verdict verdict(PathResult before, PathResult after) {
    Spread old = before.judged().orElseThrow();
    Spread now = after.judged().orElseThrow();
    if (now.least() <= old.most() && old.least() <= now.most()) {
      return Verdict.WITHIN;
    }
    boolean more = now.median() > old.median();
    boolean moreIsBetter = after.goal() == null || after.goal().bound() == Goal.Bound.AT_LEAST;
    return more == moreIsBetter ? Verdict.BETTER : Verdict.WORSE;
  }

  /** A table in Markdown; what only one of both has is said as well. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT, "| path | %s | %s | after to before | |", name(before), name(after)));
    lines.add("|---|---:|---:|---:|---|");
    Map<String, PathResult> old =
        before.results().stream()
            .collect(Collectors.toMap(PathResult::path, Function.identity(), (a, b) -> a));
    for (PathResult now : after.results()) {
      lines.add(line(old.remove(now.path()), now));
    }
    before.results().stream()
        .filter(result -> old.containsKey(result.path()))
        .forEach(result -> lines.add(line(result, null)));
    return lines;
  }

  private static String name(WholeTable table) {
    return table.beside().path("commit").asText() + " " + table.beside().path("taken").asText();
  }

  private static String line(PathResult before, PathResult after) {
    String path = after == null ? before.path() : after.path();
    boolean both =
        before != null
            && after != null
            && before.judged().isPresent()
            && after.judged().isPresent();
    if (!both) {
      return String.format(
          Locale.ROOT, "| %s | %s | %s | | not in both |", path, shown(before), shown(after));
    }
    double change = after.judged().orElseThrow().median() / before.judged().orElseThrow().median();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %.3f | %s |",
        path,
        shown(before),
        shown(after),
        change,
        verdict(before, after).shown);
  }

  private static String shown(PathResult result) {
    return result == null ? "" : result.judged().map(found -> found.shown(3)).orElse("");
  }
}
