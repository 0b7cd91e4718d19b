package org.clapperboard.eval.benchmark;

import java.io.Serializable;

/**
 * What an answer says.
 *
 * @param value the letter of an option, a label, or a word; null if none can be told
 * @param how how it was told
 */
public record Extracted(String value, How how) implements Serializable {

  /** How an answer was read. */
  public enum How {
    /** A letter stands for an option. */
    LETTER,
    /** The text of an option or a label stands there. */
    TEXT,
    /** The words are the answer. */
    WORDS,
    /** The same, after marks at their end were dropped. */
    TRIMMED,
    /** The reference's rule takes this option if it can tell none. */
    DEFAULT,
    /** Several options are named. */
    AMBIGUOUS,
    /** Nothing that answers the question. */
    UNREADABLE,
    /** Open questions: the text itself. */
    OPEN
  }

  static final Extracted UNREADABLE = new Extracted(null, How.UNREADABLE);
  static final Extracted AMBIGUOUS = new Extracted(null, How.AMBIGUOUS);

  /** Whether it says something. */
  public boolean readable() {
    return value != null;
  }
}
