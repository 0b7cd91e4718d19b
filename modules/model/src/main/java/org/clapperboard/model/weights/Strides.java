package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;

/**
 * How a tensor lies over a storage, as PyTorch saves it: element (i, j, ...) of the tensor is
 * element offset + i × steps[0] + j × steps[1] + ... of the storage.
 *
 * @param offset where the first element is
 * @param shape sizes of the dimensions
 * @param steps distance of neighbours in each dimension; 0 repeats
 */
record Strides(long offset, Shape shape, long... steps) {
  private static final int MAX_DIMENSIONS = 64;

  /**
   * Checks that every element lies inside the storage.
   *
   * @throws IllegalArgumentException if one does not, or a number makes no sense
   */
  static Strides over(long stored, long offset, long[] sizes, long[] steps) {
    if (sizes.length != steps.length || sizes.length > MAX_DIMENSIONS || offset < 0) {
      throw new IllegalArgumentException("a tensor with impossible dimensions");
    }
    try {
      long elements = 1;
      long last = offset;
      for (int i = 0; i < sizes.length; i++) {
        if (sizes[i] < 0 || steps[i] < 0) {
          throw new IllegalArgumentException("a tensor with negative dimensions");
        }
        elements = Math.multiplyExact(elements, sizes[i]);
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, sizes[i] - 1), steps[i]));
      }
      if (elements > 0 && last >= stored) {
        throw new IllegalArgumentException(
            "a tensor that reaches element " + last + " of a storage of " + stored);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("a tensor of more elements than there are numbers", e);
    }
    return new Strides(offset, new Shape(sizes), steps);
  }

  /** Whether neighbours in the tensor are neighbours in the storage. */
  boolean isRowMajor() {
    long expected = 1;
    for (int i = steps.length - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && steps[i] != expected) {
        return false;
      }
      expected *= shape.get(i);
    }
    return true;
  }

  /** Where in the storage an element is, counted in row-major order of the tensor. */
  long place(long element) {
    long place = offset;
    for (int i = steps.length - 1; i >= 0; i--) {
      place += element % shape.get(i) * steps[i];
      element /= shape.get(i);
    }
    return place;
  }
}
