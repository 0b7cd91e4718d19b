package org.clapperboard.collective;

import java.util.Arrays;

/** Which rank owns which elements of a buffer: contiguous ranges in rank order that cover it. */
public final class Slices {

  private final long[] starts;

  private Slices(long[] starts) {
    this.starts = starts;
  }

  /** Slices as equal as can be: the first ones take one element more where it does not divide. */
  public static Slices even(long elements, int worldSize) {
    if (elements < 0 || worldSize < 1) {
      throw new IllegalArgumentException(
          "Cannot slice " + elements + " elements for " + worldSize + " ranks.");
    }
    long[] starts = new long[worldSize + 1];
    for (int rank = 0; rank <= worldSize; rank++) {
      starts[rank] = rank * (elements / worldSize) + Math.min(rank, elements % worldSize);
    }
    return new Slices(starts);
  }

  /** Slices of these lengths in elements, one per rank; a length may be 0. */
  public static Slices ofLengths(long... lengths) {
    long[] starts = new long[lengths.length + 1];
    for (int rank = 0; rank < lengths.length; rank++) {
      if (lengths[rank] < 0) {
        throw new IllegalArgumentException(
            "The slice of rank " + rank + " is " + lengths[rank] + " (expected: 0 or more).");
      }
      starts[rank + 1] = Math.addExact(starts[rank], lengths[rank]);
    }
    return new Slices(starts);
  }

  /** How many ranks have a slice. */
  public int worldSize() {
    return starts.length - 1;
  }

  /** The elements of all slices together. */
  public long elements() {
    return starts[starts.length - 1];
  }

  /** The first element of a rank's slice. */
  public long start(int rank) {
    return starts[rank];
  }

  /** How many elements a rank owns. */
  public long length(int rank) {
    return starts[rank + 1] - starts[rank];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Slices slices && Arrays.equals(starts, slices.starts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(starts);
  }

  @Override
  public String toString() {
    return "Slices" + Arrays.toString(starts);
  }
}
