package org.clapperboard.media;

import java.io.Serializable;

/**
 * A part of a file in seconds from its beginning; the end may be infinite.
 *
 * <p>As in the reference, negative times count as 0, a start behind the end is swapped with it, and
 * where both are equal the clip lasts one second.
 */
public record Clip(double startSeconds, double endSeconds) implements Serializable {

  /** All of a file. */
  public static final Clip WHOLE = new Clip(0, Double.POSITIVE_INFINITY);

  /** Puts the times in order. */
  public Clip {
    if (Double.isNaN(startSeconds) || Double.isNaN(endSeconds) || Double.isInfinite(startSeconds)) {
      throw new IllegalArgumentException(
          "a clip cannot go from " + startSeconds + " s to " + endSeconds + " s");
    }
    double first = Math.max(Math.min(startSeconds, endSeconds), 0);
    double last = Math.max(Math.max(startSeconds, endSeconds), 0);
    startSeconds = first;
    endSeconds = first == last ? first + 1 : last;
  }

  /** From a time to the end of the file. */
  public static Clip from(double startSeconds) {
    return new Clip(startSeconds, Double.POSITIVE_INFINITY);
  }

  boolean isWhole() {
    return equals(WHOLE);
  }
}
