package org.clapperboard.collective;

import org.clapperboard.collective.RankOrderSum.Rounding;

/**
 * Who sends what to whom: the algorithms.
 *
 * <p>Directly, every slice of the buffer has an owner. On the first leg parts of slices go to their
 * owners, on the second leg finished slices go from their owners to everyone. All peers are talked
 * to at the same time, so each rank sends and receives at most twice the buffer.
 *
 * <p>Along the ring, the first leg goes from rank 0 to the last, each adding its own part to the
 * whole buffer as it passes; that is rank order. On the second leg the last rank gives the owners
 * their slices, or passes the whole on to rank 0 and so round. A gather goes round the other way:
 * each rank sends its slice and then, as they come in, those of the ranks after it, which is the
 * order of the buffer.
 */
final class Plan {

  /** What has to be there before a chunk of the second leg may set out. */
  private enum Needs {
    /** This rank's slice, which the chunk belongs to, has been added up so far. */
    OWN_SLICE,
    /** The whole buffer has been added up so far. */
    SUM,
    /** What comes round has come so far. */
    RECEIVED
  }

  private final int rank;
  private final int worldSize;
  private final Link[] links;
  private final RankOrderSum sum;
  private boolean chained;
  private Needs needs;
  private int source;
  private int ownBytes;

  Plan(int rank, int worldSize, Link[] links, RankOrderSum sum) {
    this.rank = rank;
    this.worldSize = worldSize;
    this.links = links;
    this.sum = sum;
  }

  void begin(Call call, long nowNanos) {
    for (Link link : links) {
      link.begin(call, nowNanos);
    }
    chained = call.route() == Route.RING;
    needs = Needs.OWN_SLICE;
    if (chained) {
      beginRing(call);
    } else {
      beginDirect(call);
    }
  }

  /** Whether a chunk of the first leg may set out. */
  boolean isPartReady(Flow flow) {
    return !chained || flow.offset() + (long) flow.size() <= sum.finishedBytes();
  }

  /** Whether a chunk of the second leg may set out. */
  boolean isFinishedReady(Flow flow) {
    return switch (needs) {
      case OWN_SLICE -> flow.next() < sum.finished();
      case SUM -> flow.offset() + (long) flow.size() <= sum.finishedBytes();
      case RECEIVED -> flow.position() + flow.size() <= ownBytes + received();
    };
  }

  private long received() {
    long received = Long.MAX_VALUE;
    for (Link link : links) {
      if (link.rank == source) {
        received = Math.min(received, link.fromOwnerIn.position());
      }
    }
    return received;
  }

  private void beginDirect(Call call) {
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

  private void beginRing(Call call) {
    switch (call.operation()) {
      case REDUCE_SCATTER -> {
        fromFirstToLast(call);
        lastToOwners(call);
      }
      case ALL_REDUCE -> {
        fromFirstToLast(call);
        fromLastRound(call);
      }
      case ALL_GATHER -> round(call);
      case BROADCAST, BARRIER, ALL_GATHER_LENGTHS, ALL_GATHER_OBJECTS, SUM ->
          throw new IllegalStateException("No " + call.operation().label() + " takes the ring.");
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

  private void fromFirstToLast(Call call) {
    int all = call.data().capacity();
    if (rank == 0) {
      sum.beginCopying(all, 0);
    } else {
      sum.beginPassing(call.data(), all);
    }
    for (Link link : links) {
      if (link.rank == rank + 1) {
        link.toOwnerOut.plan(0, all);
      } else if (link.rank == rank - 1) {
        link.toOwnerIn.plan(0, all);
      }
    }
  }

  private void lastToOwners(Call call) {
    int last = worldSize - 1;
    needs = Needs.SUM;
    for (Link link : links) {
      if (rank == last) {
        link.fromOwnerOut.plan(call.start(link.rank), call.length(link.rank));
      } else if (link.rank == last) {
        link.fromOwnerIn.plan(call.start(rank), call.length(rank));
      }
    }
  }

  private void fromLastRound(Call call) {
    int last = worldSize - 1;
    int all = call.data().capacity();
    needs = rank == last ? Needs.SUM : Needs.RECEIVED;
    source = Math.floorMod(rank - 1, worldSize);
    ownBytes = 0;
    for (Link link : links) {
      if (link.rank == (rank + 1) % worldSize && link.rank != last) {
        link.fromOwnerOut.plan(0, all);
      }
      if (rank != last && link.rank == source) {
        link.fromOwnerIn.plan(0, all);
      }
    }
  }

  private void round(Call call) {
    sum.beginCopying(0, 0);
    needs = Needs.RECEIVED;
    source = (rank + 1) % worldSize;
    ownBytes = call.length(rank);
    for (Link link : links) {
      if (link.rank == Math.floorMod(rank - 1, worldSize)) {
        planFrom(link.fromOwnerOut, call, rank, link.rank);
      }
      if (link.rank == source) {
        planFrom(link.fromOwnerIn, call, source, rank);
      }
    }
  }

  /** From a rank's slice round to before that of the rank which gets it. */
  private static void planFrom(Flow flow, Call call, int first, int receiver) {
    int all = call.data().capacity();
    int bytes = all - call.length(receiver);
    int beforeEnd = Math.min(bytes, all - call.start(first));
    flow.plan(call.start(first), beforeEnd, bytes - beforeEnd);
  }
}
