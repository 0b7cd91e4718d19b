package org.clapperboard.model.language;

import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;

/**
 * How much memory a pass forward and backward takes at most beside weights and gradients: a count
 * of what autograd keeps of a layer, fitted to what processes have been seen to take
 * (ActivationMemoryIT).
 */
public final class PassMemory {
  /** Kept vectors of the model's width: inputs, norms, queries, attention and what is added. */
  private static final double OF_WIDTH = 13;

  /** Of the width of all key-value heads: keys and values before and after their rotation. */
  private static final double OF_KEYS = 3.5;

  /** Of the width of the layer behind: gate, its activation, up, and their product. */
  private static final double OF_MLP = 4;

  /** Of these, those of the model's width that norms keep in float32 whatever the weights are. */
  private static final double WHOLE = 4;

  /** Layers' worth of what the layer at work takes, for its gradients too. */
  private static final double AT_WORK = 2.7;

  private PassMemory() {}

  /**
   * Bytes that all layers take at most, without encoders and without the loss.
   *
   * @param positions of all rows that go through at once
   */
  public static double layers(
      DecoderConfig config, double positions, Dtype dtype, Activations activations) {
    double bytes = dtype == Dtype.BF16 ? 2 : 4;
    double width = config.width();
    double keys = (double) config.kvHeads() * config.headWidth();
    double experts = config.experts() == null ? 1 : config.experts().preferred();
    double layer =
        bytes * (OF_WIDTH * width + OF_KEYS * keys + OF_MLP * config.mlpWidth() * experts)
            + (4 - bytes) * WHOLE * width;
    return switch (activations) {
      case KEEP -> positions * (config.layers() - 1 + AT_WORK) * layer;
      case RECOMPUTE -> positions * (config.layers() * bytes * width + AT_WORK * layer);
    };
  }
}
