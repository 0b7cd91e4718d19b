package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;

/**
 * Where gradients can lie.
 *
 * @param flat their float32 sums
 * @param halves what backward passes add to where parameters are bfloat16, or null
 */
public record GradientRoom(NDArray flat, NDArray halves) {
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;

  /** Room for the gradients of so many parameters of a type, all zero. */
  public static GradientRoom of(NDManager scope, Dtype dtype, long elements) {
    Pack tensors = Pack.load("tensors");
    long[] shape = {elements};
    return new GradientRoom(
        tensors.tensor(scope, "zeros", shape, FLOAT32),
        dtype == Dtype.BF16 ? tensors.tensor(scope, "zeros", shape, BFLOAT16) : null);
  }

  /** The same where the layers of some parameters compute. */
  static GradientRoom beside(NDManager scope, Parameters parameters) {
    Pack tensors = Pack.load("tensors");
    NDArray like = parameters.tensors().get(0);
    long[] shape = {parameters.elements()};
    return new GradientRoom(
        tensors.tensor(scope, "zeros_beside", like, shape, FLOAT32),
        parameters.dtype() == Dtype.BF16
            ? tensors.tensor(scope, "zeros_beside", like, shape, BFLOAT16)
            : null);
  }

  /** Room for fewer of them, in the same memory. */
  public GradientRoom first(NDManager scope, long elements) {
    Pack tensors = Pack.load("tensors");
    long[] shape = {elements};
    return new GradientRoom(
        tensors.tensor(scope, "part", flat, 0L, shape),
        halves == null ? null : tensors.tensor(scope, "part", halves, 0L, shape));
  }
}
