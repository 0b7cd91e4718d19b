package org.clapperboard.train.config;

import org.clapperboard.model.weights.Dtype;

/** In which numbers the model computes while it trains. */
public enum Precision {
  /** Weights, activations and gradients are float32. */
  FP32(Dtype.F32),
  /**
   * They are bfloat16; each rank keeps float32 masters of the weights it updates, and gradients are
   * summed in float32.
   */
  BF16(Dtype.BF16);

  private final Dtype dtype;

  Precision(Dtype dtype) {
    this.dtype = dtype;
  }

  /** The type of the model's weights. */
  public Dtype dtype() {
    return dtype;
  }
}
