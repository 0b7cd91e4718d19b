package org.clapperboard.collective;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Finds out why a peer has ended, from its lifeline. */
final class LastWords {

  private static final Duration PATIENCE = Duration.ofMillis(200);

  private final String label;
  private final Mesh mesh;

  LastWords(String label, Mesh mesh) {
    this.label = label;
    this.mesh = mesh;
  }

  /**
   * Takes in what a lifeline says.
   *
   * @return true if the peer has finished in good order
   * @throws Breakdown if it has aborted or is lost
   */
  boolean hear(Lifeline lifeline) {
    try {
      if (lifeline.hear() && !lifeline.hasLeft()) {
        throw Breakdown.told(lifeline.reason());
      }
      return lifeline.hasLeft();
    } catch (ProtocolException e) {
      throw Breakdown.observed(label, lifeline.label + " " + e.getMessage(), e);
    } catch (IOException e) {
      throw closed(lifeline.label, e);
    }
  }

  /** Why a connection for data has ended too early; the last words may come a moment later. */
  Breakdown ofBroken(Link link, IOException failure) {
    Lifeline lifeline = mesh.lifeline(link.rank);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() - end < 0) {
      if (hear(lifeline)) {
        return Breakdown.observed(label, link.label + " has left", failure);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    return closed(link.label, failure);
  }

  private Breakdown closed(String who, IOException failure) {
    boolean plain = failure == null || failure instanceof EOFException;
    String detail = plain ? "" : " (" + failure.getMessage() + ")";
    return Breakdown.observed(label, who + " closed the connection" + detail, failure);
  }
}
