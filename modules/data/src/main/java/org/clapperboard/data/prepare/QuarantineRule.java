package org.clapperboard.data.prepare;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;

/**
 * What becomes of a dataset's unusable media.
 *
 * @param atMost the share of a dataset that may be unusable, 0 to 1
 * @param retry reasons of which earlier findings are tried again; all others are kept
 */
public record QuarantineRule(double atMost, Set<String> retry) {
  /** More of a dataset than this is missed by what is trained on it. */
  public static final double USUAL = 0.1;

  private static final String ALL = "all";

  public QuarantineRule {
    retry = Set.copyOf(retry);
    if (!(atMost >= 0 && atMost <= 1)) {
      throw new IllegalArgumentException("atMost is " + atMost + " (expected: 0 to 1)");
    }
  }

  /** The usual share, and nothing is tried again. */
  public static QuarantineRule usual() {
    return new QuarantineRule(USUAL, Set.of());
  }

  /**
   * The reasons of a list such as {@code timeout,unreadable}, or of {@code all}.
   *
   * @throws BadConfig if one of them is none
   */
  public static Set<String> reasons(String list) {
    List<String> known = QuarantineRow.mediaReasons();
    if (list.equals(ALL)) {
      return Set.copyOf(known);
    }
    Set<String> reasons = new TreeSet<>();
    for (String reason : list.split(",", -1)) {
      String name = reason.strip();
      if (!known.contains(name)) {
        String expected = ALL + ", or some of " + String.join(", ", known);
        throw new BadConfig(
            List.of(Problem.of("--retry", "names \"" + name + "\" (expected: " + expected + ").")));
      }
      reasons.add(name);
    }
    return reasons;
  }
}
