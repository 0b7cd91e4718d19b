package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * The gradients of one part, in one flat float32 buffer.
 *
 * <p>Backward passes add into it without a copy. Those of bfloat16 parameters can only add
 * bfloat16: they have a buffer of their own, which is added after each micro-batch, so that sums
 * over micro-batches are float32 too.
 */
final class Gradients {
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  private final Pack pack;
  private final NDArray flat;
  private final NDArray halves;

  /** The gradients of parameters that are trainable, all zero. */
  Gradients(NDManager scope, Pack tensors, Pack pack, Parameters parameters) {
    this.pack = pack;
    long[] shape = {parameters.elements()};
    this.flat = tensors.tensor(scope, "zeros", shape, FLOAT32);
    this.halves =
        parameters.dtype() == Dtype.BF16 ? tensors.tensor(scope, "zeros", shape, BFLOAT16) : null;
    List<NDArray> places = new ArrayList<>();
    long start = 0;
    for (ParameterSpec spec : parameters.specs()) {
      NDArray added = halves == null ? flat : halves;
      places.add(tensors.tensor(scope, "part", added, start, spec.shape().getShape()));
      start += spec.elements();
    }
    TorchEngine.withGradients(() -> point(parameters.tensors(), places));
  }

  private Void point(List<NDArray> parameters, List<NDArray> places) {
    // One after the other: all at once, each would have two gradients for a while.
    for (int i = 0; i < parameters.size(); i++) {
      try (NDManager inner = TorchEngine.newScope()) {
        NDArray touched = pack.tensor(inner, "touch", parameters.get(i));
        JniUtils.backward((PtNDArray) touched, (PtNDArray) inner.create(1f), false, false);
        pack.run("place_gradient", parameters.get(i), places.get(i));
      }
    }
    return null;
  }

  NDArray flat() {
    return flat;
  }

  /** Adds what the last backward pass left. */
  void collect() {
    if (halves != null) {
      pack.run("collect", flat, halves);
    }
  }

  void clear() {
    pack.run("clear", flat);
    if (halves != null) {
      pack.run("clear", halves);
    }
  }
}
