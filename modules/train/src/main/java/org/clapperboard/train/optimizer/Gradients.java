package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * The gradients of some parameters, in one flat float32 buffer.
 *
 * <p>Backward passes add into it without a copy. Those of bfloat16 parameters can only add
 * bfloat16: they have a buffer of their own, which is added after each micro-batch, so that sums
 * over micro-batches are float32 too.
 *
 * <p>Where layers compute on another device, gradients are added up there and fetched once in a
 * step, for the exchange.
 */
final class Gradients {
  private final Pack tensors;
  private final Pack pack;
  private final Parameters parameters;
  private NDArray flat;
  private GradientRoom added;
  private boolean touched;

  /** The gradients of parameters that are trainable; they lie nowhere yet. */
  Gradients(Pack tensors, Pack pack, Parameters parameters) {
    this.tensors = tensors;
    this.pack = pack;
    this.parameters = parameters;
  }

  /** From now on they lie here, which their parameters fill. */
  void place(GradientRoom room) {
    place(room, room.flat());
  }

  /**
   * The same where backward passes add on another device.
   *
   * @param room there
   * @param host where they are fetched to
   */
  void place(GradientRoom room, NDArray host) {
    added = room;
    flat = host;
    TorchEngine.withGradients(this::point);
    touched = true;
  }

  private Void point() {
    NDArray target = added.halves() == null ? added.flat() : added.halves();
    List<NDArray> all = parameters.tensors();
    long start = 0;
    // One after the other: all at once, each would have two gradients for a while.
    for (int i = 0; i < all.size(); i++) {
      ParameterSpec spec = parameters.specs().get(i);
      try (NDManager inner = TorchEngine.newScope()) {
        if (!touched) {
          NDArray loss = pack.tensor(inner, "touch", all.get(i));
          NDArray one = tensors.tensor(inner, "one", loss);
          JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
        }
        NDArray place = tensors.tensor(inner, "part", target, start, spec.shape().getShape());
        pack.run("place_gradient", all.get(i), place);
      }
      start += spec.elements();
    }
    return null;
  }

  /** In host memory; what was added elsewhere is there once it is fetched. */
  NDArray flat() {
    return flat;
  }

  /** Brings to host memory what was added elsewhere, if it was. */
  void fetch() {
    if (parameters.isElsewhere()) {
      tensors.run("copy", flat, added.flat());
    }
  }

  /** Adds what the last backward pass left. */
  void collect() {
    if (added.halves() != null) {
      pack.run("collect", added.flat(), added.halves());
    }
  }

  /** The same of some of them. */
  void collect(long start, long count) {
    if (added.halves() != null) {
      long[] shape = {count};
      try (NDManager inner = TorchEngine.newScope()) {
        NDArray sums = tensors.tensor(inner, "part", added.flat(), start, shape);
        pack.run("collect", sums, tensors.tensor(inner, "part", added.halves(), start, shape));
      }
    }
  }

  void clear() {
    pack.run("clear", added.flat());
    if (added.halves() != null) {
      pack.run("clear", added.halves());
    }
  }
}
