package org.clapperboard.eval.benchmark;

import java.io.Serializable;

/**
 * What a judge says of an answer. Both are null if it could not be brought to say anything.
 *
 * @param correct whether it is right, or null if the judge was not asked that
 * @param score points, or null
 */
public record Judged(Boolean correct, Double score) implements Serializable {

  /** Of an answer that could not be judged. */
  public static final Judged NOTHING = new Judged(null, null);
}
