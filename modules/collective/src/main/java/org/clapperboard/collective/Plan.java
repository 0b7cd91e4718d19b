package org.clapperboard.collective;

import org.clapperboard.collective.RankOrderSum.Rounding;

/**
 * What each operation moves: the algorithms.
 *
 * <p>Every slice of the buffer has an owner. On the first leg parts of slices go to their owners,
 * on the second leg finished slices go from their owners to everyone. All peers are talked to at
 * the same time and directly, so each rank sends and receives at most twice the buffer.
 */
final class Plan {

  private final int rank;
  private final Link[] links;
  private final RankOrderSum sum;

  Plan(int rank, Link[] links, RankOrderSum sum) {
    this.rank = rank;
    this.links = links;
    this.sum = sum;
  }

  void begin(Call call, long nowNanos) {
    for (Link link : links) {
      link.begin(call, nowNanos);
    }
    switch (call.operation()) {
      case REDUCE_SCATTER -> everyoneToOwners(call, Rounding.TERMS);
      case ALL_REDUCE -> {
        everyoneToOwners(call, Rounding.TERMS_AND_SUM);
        ownersToEveryone(call);
      }
      case BROADCAST -> {
        rootToOwners(call);
        ownersToEveryone(call);
      }
      case ALL_GATHER, BARRIER, ALL_GATHER_LENGTHS, ALL_GATHER_OBJECTS, SUM -> {
        sum.beginCopying(call.length(rank), 0);
        ownersToEveryone(call);
      }
    }
  }

  private void everyoneToOwners(Call call, Rounding rounding) {
    Rounding rule = call.wire() == Wire.BF16 ? rounding : Rounding.NONE;
    sum.beginAdding(call.data(), call.start(rank), call.length(rank), rule);
    for (Link link : links) {
      link.toOwnerOut.plan(call.start(link.rank), call.length(link.rank));
      link.toOwnerIn.plan(call.start(rank), call.length(rank));
    }
  }

  private void rootToOwners(Call call) {
    sum.beginCopying(call.length(rank), rank == call.root() ? 0 : 1);
    for (Link link : links) {
      if (rank == call.root()) {
        link.toOwnerOut.plan(call.start(link.rank), call.length(link.rank));
      } else if (link.rank == call.root()) {
        link.toOwnerIn.plan(call.start(rank), call.length(rank));
      }
    }
  }

  /** Except to a root, which has everything already. */
  private void ownersToEveryone(Call call) {
    for (Link link : links) {
      if (link.rank != call.root()) {
        link.fromOwnerOut.plan(call.start(rank), call.length(rank));
      }
      if (rank != call.root()) {
        link.fromOwnerIn.plan(call.start(link.rank), call.length(link.rank));
      }
    }
  }
}
