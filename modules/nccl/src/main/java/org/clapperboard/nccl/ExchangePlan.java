package org.clapperboard.nccl;

import java.util.ArrayList;
import java.util.List;
import org.clapperboard.collective.Slices;

/**
 * How one rank takes part in an operation: what it copies to the device, what NCCL is asked to do
 * there, all in one group, and what it copies back. All places are elements of the caller's buffer,
 * which has the same places on the device.
 *
 * <p>NCCL's own reduce-scatter and all-gather know equal slices alone; where slices differ, an
 * operation is a reduction or a broadcast per slice, which a group runs together.
 *
 * @param in to the device before
 * @param calls to NCCL, the same on all ranks
 * @param out back to the host after
 */
record ExchangePlan(List<Span> in, List<DeviceCall> calls, List<Span> out) {

  /** What NCCL can be asked for. */
  enum Kind {
    /** Every rank gets the sum of an even number of slices, its own one alone. */
    REDUCE_SCATTER,
    /** Every rank gets the even slices of all. */
    ALL_GATHER,
    /** Every rank gets the sum. */
    ALL_REDUCE,
    /** The root gets the sum. */
    REDUCE,
    /** Every rank gets what the root has. */
    BROADCAST
  }

  /** A run of elements. */
  record Span(long first, long count) {}

  /**
   * A native call, in place.
   *
   * @param first the first element that it reads or writes
   * @param count how many elements; of each rank where all have as many
   * @param root the rank that gets or gives, or -1 where there is none
   */
  record DeviceCall(Kind kind, long first, long count, int root) {}

  ExchangePlan {
    in = List.copyOf(in);
    calls = List.copyOf(calls);
    out = List.copyOf(out);
  }

  /** Sums go to the owners of the slices. */
  static ExchangePlan reduceScatter(Slices slices, int rank) {
    List<DeviceCall> calls =
        areEven(slices)
            ? whole(Kind.REDUCE_SCATTER, slices.length(0))
            : perSlice(Kind.REDUCE, slices);
    return new ExchangePlan(spans(0, slices.elements()), calls, own(slices, rank));
  }

  /** The slices of the owners go to everyone; that of this rank is there already. */
  static ExchangePlan allGather(Slices slices, int rank) {
    List<DeviceCall> calls =
        areEven(slices)
            ? whole(Kind.ALL_GATHER, slices.length(0))
            : perSlice(Kind.BROADCAST, slices);
    long end = slices.start(rank) + slices.length(rank);
    List<Span> others = new ArrayList<>(spans(0, slices.start(rank)));
    others.addAll(spans(end, slices.elements() - end));
    return new ExchangePlan(own(slices, rank), calls, others);
  }

  /** Sums go to everyone. */
  static ExchangePlan allReduce(long elements) {
    List<Span> all = spans(0, elements);
    return new ExchangePlan(all, whole(Kind.ALL_REDUCE, elements), all);
  }

  /** What the root has goes to everyone. */
  static ExchangePlan broadcast(long elements, int root, int rank) {
    List<Span> all = spans(0, elements);
    List<DeviceCall> calls =
        elements == 0 ? List.of() : List.of(new DeviceCall(Kind.BROADCAST, 0, elements, root));
    return new ExchangePlan(rank == root ? all : List.of(), calls, rank == root ? List.of() : all);
  }

  private static boolean areEven(Slices slices) {
    for (int rank = 1; rank < slices.worldSize(); rank++) {
      if (slices.length(rank) != slices.length(0)) {
        return false;
      }
    }
    return true;
  }

  private static List<DeviceCall> whole(Kind kind, long count) {
    return count == 0 ? List.of() : List.of(new DeviceCall(kind, 0, count, -1));
  }

  private static List<DeviceCall> perSlice(Kind kind, Slices slices) {
    List<DeviceCall> calls = new ArrayList<>();
    for (int rank = 0; rank < slices.worldSize(); rank++) {
      if (slices.length(rank) > 0) {
        calls.add(new DeviceCall(kind, slices.start(rank), slices.length(rank), rank));
      }
    }
    return calls;
  }

  private static List<Span> own(Slices slices, int rank) {
    return spans(slices.start(rank), slices.length(rank));
  }

  private static List<Span> spans(long first, long count) {
    return count == 0 ? List.of() : List.of(new Span(first, count));
  }
}
