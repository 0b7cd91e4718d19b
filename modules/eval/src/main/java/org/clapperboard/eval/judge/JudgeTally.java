package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import org.clapperboard.eval.judge.Verdict.Outcome;

/**
 * Verdicts, counted. Those that were read strictly are counted by themselves as well, so that a
 * difference tells how much depends on reading leniently.
 *
 * @param outcomes how many cases came to which end; every outcome has an entry
 * @param strict of the verdicts that were read strictly
 * @param all of all verdicts
 */
public record JudgeTally(Map<Outcome, Long> outcomes, Sums strict, Sums all)
    implements Serializable {

  /**
   * Sums over verdicts.
   *
   * @param right how many are yes
   * @param wrong how many are no
   * @param scored how many have a score
   * @param scores their sum
   */
  public record Sums(long right, long wrong, long scored, double scores) implements Serializable {

    private static Sums of(List<Verdict> verdicts) {
      return new Sums(
          count(verdicts, verdict -> Boolean.TRUE.equals(verdict.correct())),
          count(verdicts, verdict -> Boolean.FALSE.equals(verdict.correct())),
          count(verdicts, verdict -> verdict.score() != null),
          verdicts.stream()
              .filter(verdict -> verdict.score() != null)
              .mapToDouble(Verdict::score)
              .sum());
    }

    private static long count(List<Verdict> verdicts, Predicate<Verdict> counted) {
      return verdicts.stream().filter(counted).count();
    }

    /** Yes / (yes + no), 0 to 1; empty if nothing was said. */
    public OptionalDouble accuracy() {
      long said = right + wrong;
      return said == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) right / said);
    }

    /** The mean score; empty if there is none. */
    public OptionalDouble meanScore() {
      return scored == 0 ? OptionalDouble.empty() : OptionalDouble.of(scores / scored);
    }
  }

  public JudgeTally {
    outcomes = Collections.unmodifiableMap(new EnumMap<>(outcomes));
  }

  /** Counts verdicts. */
  public static JudgeTally of(List<Verdict> verdicts) {
    Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, Sums.count(verdicts, verdict -> verdict.outcome() == outcome));
    }
    return new JudgeTally(
        outcomes,
        Sums.of(verdicts.stream().filter(v -> v.outcome() == Outcome.STRICT).toList()),
        Sums.of(verdicts.stream().filter(Verdict::given).toList()));
  }

  /** How many cases there are. */
  public long cases() {
    return outcomes.values().stream().mapToLong(count -> count).sum();
  }

  /** How many of them have no verdict. */
  public long unjudged() {
    return cases() - outcomes.get(Outcome.STRICT) - outcomes.get(Outcome.LENIENT);
  }

  /** The accuracy if every case on which no yes or no was said were wrong; 0 without cases. */
  public double accuracyAtLeast() {
    return cases() == 0 ? 0 : (double) all.right() / cases();
  }

  /** The accuracy if every case on which no yes or no was said were right; 1 without cases. */
  public double accuracyAtMost() {
    return cases() == 0 ? 1 : (double) (cases() - all.wrong()) / cases();
  }
}
