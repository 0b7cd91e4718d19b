package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.List;

/**
 * What a judge said of one case, or why it said nothing. A case without a verdict is neither right
 * nor wrong: {@link JudgeTally} counts it apart.
 *
 * @param outcome whether there is a verdict, and how it was read
 * @param correct yes or no; null if that was not asked or not said
 * @param score 0 to the prompt's {@link JudgePrompt#best}; null if not asked or not said
 * @param items events or their labels, where those were asked
 * @param reply the reply as it came, empty if none did
 * @param why why there is no verdict, a sentence; else empty
 */
public record Verdict(
    Outcome outcome, Boolean correct, Double score, List<String> items, String reply, String why)
    implements Serializable {

  /** What became of a case. */
  public enum Outcome {
    /** The reply was exactly the dictionary that was asked for. */
    STRICT,
    /** The verdict was found in a reply of another form. */
    LENIENT,
    /** There is a reply, but no verdict, or more than one, in it. */
    UNPARSABLE,
    /** The judge's content filter refused the case. */
    REFUSED,
    /** The budget was spent before the case was asked about. */
    BUDGET_SPENT,
    /** The endpoint gave no reply. */
    FAILED;

    /** Whether there is a verdict. */
    public boolean given() {
      return this == STRICT || this == LENIENT;
    }
  }

  public Verdict {
    items = List.copyOf(items);
    boolean said = correct != null || score != null || !items.isEmpty();
    if (outcome.given() ? !why.isEmpty() : said || why.isEmpty()) {
      throw new IllegalArgumentException("A verdict is given, or there is a reason why not");
    }
  }

  /** A verdict of a yes or no, a score, or both. */
  static Verdict of(Outcome outcome, Boolean correct, Double score, String reply) {
    return new Verdict(outcome, correct, score, List.of(), reply, "");
  }

  /** No verdict. */
  static Verdict none(Outcome outcome, String reply, String why) {
    return new Verdict(outcome, null, null, List.of(), reply, why);
  }

  /** Whether there is a verdict. */
  public boolean given() {
    return outcome.given();
  }
}
