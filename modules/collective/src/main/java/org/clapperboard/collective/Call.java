package org.clapperboard.collective;

import java.nio.ByteBuffer;

/**
 * One call of an operation on this rank.
 *
 * @param sequence how many operations the collective has started, this one included
 * @param data the caller's bytes, from 0 to capacity
 * @param slices who owns which elements of the data
 * @param elementBytes the size of one element
 * @param root the rank that broadcasts, or -1
 * @param wire how its numbers travel
 * @param route which way they take, never {@link Route#AUTO}
 */
record Call(
    Operation operation,
    String phase,
    int sequence,
    ByteBuffer data,
    Slices slices,
    int elementBytes,
    int root,
    Wire wire,
    Route route) {

  /** The first byte of a rank's slice. */
  int start(int rank) {
    return (int) (slices.start(rank) * elementBytes);
  }

  /** The size of a rank's slice in bytes. */
  int length(int rank) {
    return (int) (slices.length(rank) * elementBytes);
  }

  int phaseHash() {
    return phase.hashCode();
  }

  /** What must be equal on all ranks besides operation, phase and size. */
  int shapeHash() {
    return (slices.hashCode() * 31 + elementBytes) * 31 + root;
  }

  @Override
  public String toString() {
    return phase.isEmpty() ? operation.label() : operation.label() + " \"" + phase + "\"";
  }
}
