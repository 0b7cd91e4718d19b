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

  /**
   * Copies a tensor into the buffer as float32, in row-major order.
   *
   * @throws org.clapperboard.config.BadCheckpoint if it cannot be read
   */
  void read(String name, FloatBuffer target);
}
