package org.clapperboard.train;

import java.time.Duration;

/**
 * Whether it is worth waiting for more executors. A busy machine starts them slowly and one after
 * the other, so the clock starts again whenever there are more than ever before.
 */
final class Arrivals {
  private final long patience;
  private int most;
  private long since;

  /**
   * Begins to wait.
   *
   * @param patience how long no further one may come
   * @param now in nanoseconds, as later
   */
  Arrivals(Duration patience, long now) {
    this.patience = patience.toNanos();
    this.since = now;
  }

  /** Whether it has taken too long for one more to come. */
  boolean areOver(int there, long now) {
    if (there > most) {
      most = there;
      since = now;
    }
    return now - since > patience;
  }
}
