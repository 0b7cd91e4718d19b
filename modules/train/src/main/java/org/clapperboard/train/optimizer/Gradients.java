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

  /** Of bfloat16 parameters: nothing is in the sums yet, whatever they hold. */
  private boolean empty;

  /** Of bfloat16 parameters: what backward passes add to is zero, since all of it was collected. */
  private boolean collected;

  /**
   * Of bfloat16 parameters: those of the only backward pass are where it added them, not summed.
   */
  private boolean left;

  /** What of the sums is zero already when they are cleared. */
  private long zeroFrom;

  private long zeroEnd;

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
    empty = false;
    collected = false;
    left = false;
    zeroEnd = zeroFrom;
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

  /** What is exchanged and updated with; what was added elsewhere is there once it is fetched. */
  NDArray flat() {
    return flat;
  }

  /** What backward passes add to where parameters are bfloat16, or null. */
  NDArray roomOfHalves() {
    return added.halves();
  }

  /** Where the only backward pass left its bfloat16 gradients, or null where they are summed. */
  NDArray halves() {
    return left ? added.halves() : null;
  }

  /** Brings to host memory what was added elsewhere, if it was; sums of nothing are zero. */
  void fetch() {
    if (left) {
      collect();
    }
    settle();
    if (flat != added.flat()) {
      tensors.run("copy", flat, added.flat());
    }
  }

  /** Brings them to where the update reads them, or leaves them where it finds them as well. */
  void keep() {
    if (!left) {
      fetch();
    }
  }

  private void settle() {
    if (empty) {
      pack.run("clear", added.flat());
      empty = false;
    }
  }

  /** Adds what the last backward pass left. */
  void collect() {
    if (added.halves() != null) {
      pack.run("collect", added.flat(), added.halves(), empty);
      empty = false;
      collected = true;
      left = false;
    }
  }

  /** The same after the last pass before the update: if it was the only one, nothing is summed. */
  void collectLast() {
    if (added.halves() != null && empty) {
      left = true;
      collected = false;
    } else {
      collect();
    }
  }

  /** The same of some of them. */
  void collect(long start, long count) {
    if (added.halves() != null) {
      settle();
      long[] shape = {count};
      try (NDManager inner = TorchEngine.newScope()) {
        NDArray sums = tensors.tensor(inner, "part", added.flat(), start, shape);
        NDArray halves = tensors.tensor(inner, "part", added.halves(), start, shape);
        pack.run("collect", sums, halves, false);
      }
    }
  }

  /** Somebody has set some of the sums to zero, so that clearing need not. */
  void forgotten(long start, long count) {
    zeroFrom = start;
    zeroEnd = start + count;
  }

  /** Somebody has set to zero what the only backward pass had left. */
  void leftForgotten() {
    left = false;
    collected = true;
  }

  /** Sets all to zero, whatever is in them; backward passes were collected before. */
  void clear() {
    if (added.halves() != null) {
      if (!collected) {
        pack.run("clear", added.halves());
      }
      empty = true;
      left = false;
    } else if (zeroFrom < zeroEnd) {
      long[] before = {zeroFrom};
      long[] behind = {parameters.elements() - zeroEnd};
      try (NDManager inner = TorchEngine.newScope()) {
        pack.run("clear", tensors.tensor(inner, "part", flat, 0L, before));
        pack.run("clear", tensors.tensor(inner, "part", flat, zeroEnd, behind));
      }
      zeroEnd = zeroFrom;
    } else {
      pack.run("clear", added.flat());
    }
  }
}
