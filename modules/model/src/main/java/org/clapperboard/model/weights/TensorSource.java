package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Set;

/** Named tensors that weights can be read from: a safetensors file, a checkpoint folder. */
public interface TensorSource {

  /** Where the tensors come from, for messages. */
  String origin();

  /** All names, in the order of the source. */
  Set<String> names();

  /** The shape of a tensor that is there. */
  Shape shape(String name);

  /** How the elements of a tensor that is there are stored. */
  Dtype dtype(String name);

  /** Where a tensor lies in a file, or null if it does not lie in one as a whole. */
  default FileRegion region(String name) {
    return null;
  }

  /**
   * Copies elements of a tensor as float32, in row-major order, until the buffer is full.
   *
   * @param first element to begin with
   * @throws org.clapperboard.config.BadCheckpoint if it cannot be read
   */
  void read(String name, long first, FloatBuffer target);

  /**
   * Copies a whole tensor into a buffer of its size.
   *
   * @throws org.clapperboard.config.BadCheckpoint if it cannot be read
   */
  default void read(String name, FloatBuffer target) {
    if (target.remaining() != shape(name).size()) {
      throw new IllegalArgumentException(
          name + " has " + shape(name).size() + " elements, not " + target.remaining());
    }
    read(name, 0, target);
  }
}
