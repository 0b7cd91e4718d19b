package org.clapperboard.eval.benchmark;

/** Whether an answer is right. */
public enum Mark {
  /** It is what one of the references says. */
  RIGHT,
  /** It is not, or cannot be read. */
  WRONG,
  /** There is nothing to compare it with: a server or a judge knows. */
  UNKNOWN
}
