package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.Dtype;

/**
 * As much of a flat buffer as ranks exchange at once, since a buffer cannot be longer than 2 GiB.
 *
 * @param bytes the tensor's own memory
 * @param slices what of it belongs to which rank, counted in units of 4 bytes
 */
public record ExchangePiece(ByteBuffer bytes, Slices slices) {
  static final long MAX_UNITS = 1L << 28;

  /**
   * The pieces of a flat tensor, in order.
   *
   * @param unit elements of 4 bytes together
   * @param slices the whole tensor's slices in units
   */
  static List<ExchangePiece> of(
      Pack tensors, NDArray flat, int unit, Slices slices, long maxUnits) {
    List<ExchangePiece> pieces = new ArrayList<>();
    for (long start = 0; start < slices.elements(); start += maxUnits) {
      long units = Math.min(maxUnits, slices.elements() - start);
      long[] shape = {units * unit};
      try (NDArray part = tensors.tensor(flat.getManager(), "part", flat, start * unit, shape)) {
        pieces.add(new ExchangePiece(part.toByteBuffer(true), cut(slices, start, start + units)));
      }
    }
    return pieces;
  }

  /** The pieces of flat parameters: two bfloat16 are exchanged as one float32. */
  static List<ExchangePiece> ofWeights(Pack tensors, NDArray flat, Dtype dtype, Slices slices) {
    return dtype == Dtype.F32
        ? of(tensors, flat, 1, slices, MAX_UNITS)
        : of(tensors, flat, 2, pairs(slices), MAX_UNITS);
  }

  /**
   * Slices of bfloat16 in pairs.
   *
   * @throws IllegalArgumentException if one begins inside a pair
   */
  static Slices pairs(Slices slices) {
    long[] lengths = new long[slices.worldSize()];
    for (int other = 0; other < lengths.length; other++) {
      if (slices.length(other) > 0 && slices.start(other) % 2 != 0) {
        throw new IllegalArgumentException("a slice of bfloat16 parameters begins inside a pair");
      }
      lengths[other] = (slices.length(other) + 1) / 2;
    }
    return Slices.ofLengths(lengths);
  }

  private static Slices cut(Slices slices, long from, long end) {
    long[] lengths = new long[slices.worldSize()];
    for (int rank = 0; rank < lengths.length; rank++) {
      long low = Math.max(from, slices.start(rank));
      long high = Math.min(end, slices.start(rank) + slices.length(rank));
      lengths[rank] = Math.max(0, high - low);
    }
    return Slices.ofLengths(lengths);
  }
}
