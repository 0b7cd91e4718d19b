package org.clapperboard.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.clapperboard.model.engine.Pack;

/** Backward passes: they add the gradients of a loss to those of the parameters that train. */
final class Backward {
  private final Pack tensors = Pack.load("tensors");

  /**
   * Adds the gradients of a loss: none, where no parameter that trains took part in it, as with
   * text beside a projector that trains alone.
   */
  void from(NDManager scope, NDArray total) {
    // DJL's hasGradient knows leaves only.
    if (tensors.number("recorded", total) == 1) {
      JniUtils.backward((PtNDArray) total, (PtNDArray) scope.create(1f), false, false);
    }
  }
}
