package org.clapperboard.collective;

import java.util.Locale;

/**
 * Which way the numbers of large reductions and gathers take. Sums are taken in rank order and are
 * the same bits either way.
 */
public enum Route {
  /** The ring where that halves what the busiest host sends, else directly. */
  AUTO,
  /** Every rank to every rank: each part goes out once, and all peers are busy at once. */
  DIRECT,
  /**
   * From rank to rank, each adding its own to what it passes on: sums start at rank 0 and go to
   * their owners from the last rank. Where neighbouring ranks share a host, data enter and leave a
   * host once and not for each of its ranks.
   */
  RING;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The way of an operation, the same on every rank.
   *
   * @param wire how its numbers travel; a sum that is passed on cannot be rounded once
   */
  Route of(Operation operation, int bytes, Wire wire, Membership members, int chunkBytes) {
    boolean possible =
        members.worldSize() > 2
            && wire == Wire.FP32
            && (operation.adds() || operation == Operation.ALL_GATHER);
    if (this == DIRECT || !possible) {
      return DIRECT;
    }
    boolean large = bytes / members.worldSize() >= chunkBytes;
    return this == RING || (large && halves(members)) ? RING : DIRECT;
  }

  /** Whether the busiest host sends at most half as much to others as it would directly. */
  private static boolean halves(Membership members) {
    int size = members.worldSize();
    double ring = 0;
    double direct = 0;
    for (int rank = 0; rank < size; rank++) {
      String host = members.peers().get(rank).host();
      int leaving = 0;
      int ranks = 0;
      for (int other = 0; other < size; other++) {
        if (members.peers().get(other).host().equals(host)) {
          ranks++;
          leaving += members.peers().get((other + 1) % size).host().equals(host) ? 0 : 1;
        }
      }
      ring = Math.max(ring, leaving);
      direct = Math.max(direct, ranks * (double) (size - ranks) / size);
    }
    return direct > 0 && 2 * ring <= direct;
  }
}
