package org.clapperboard.train;

import java.time.Duration;

/**
 * How often attempts may fail, and how long to wait before the next one. What counts is those in a
 * row that began with the same step: a stage that gets further between two losses may have any
 * number of them, as one that trains for weeks on many machines has.
 */
final class Stamina {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final int most;
  private long furthest = -1;
  private int lost;

  /** Gives up after so many attempts that began with the same step. */
  Stamina(int most) {
    this.most = most;
  }

  /** Notes that an attempt was lost, by the step it began with. */
  void lost(long firstStep) {
    lost = firstStep > furthest ? 1 : lost + 1;
    furthest = Math.max(furthest, firstStep);
  }

  /** Whether there should be no further attempt. */
  boolean isSpent() {
    return lost >= most;
  }

  /** What made an attempt fail may take a while to pass: longer each time. */
  Duration pause() {
    Duration pause = Duration.ofSeconds(1L << Math.min(30, lost - 1));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }
}
