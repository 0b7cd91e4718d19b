package org.clapperboard.config;

import static java.util.stream.Collectors.joining;

import java.util.Comparator;
import java.util.List;

/**
 * What was asked for cannot be done; carries every problem found, sorted by file and line.
 *
 * <p>The message holds one line per problem and ends with {@code 2 problems; nothing was started.}
 */
public final class BadConfig extends Failure {
  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file).thenComparingInt(Problem::line);

  private final List<Problem> problems;

  /** Throws IllegalArgumentException when there is no problem to report. */
  public BadConfig(List<Problem> problems) {
    super(message(problems), null);
    this.problems = problems.stream().sorted(ORDER).toList();
  }

  /** All problems, sorted by file and line. */
  public List<Problem> problems() {
    return problems;
  }

  @Override
  public int exitCode() {
    return 2;
  }

  private static String message(List<Problem> problems) {
    if (problems.isEmpty()) {
      throw new IllegalArgumentException("A bad configuration has at least one problem");
    }
    String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    return problems.stream()
        .sorted(ORDER)
        .map(Problem::toString)
        .collect(joining("\n", "", "\n" + count + "; nothing was started."));
  }
}
