package org.clapperboard.model.audio;

/**
 * The shape of a BEATs audio encoder.
 *
 * @param patchSize side of a patch of the filter bank
 * @param patchWidth width of the patch embedding
 * @param width hidden size
 * @param layers transformer layers
 * @param heads attention heads
 * @param mlpWidth hidden size of the feed-forward layers
 * @param positionKernel width of the positional convolution
 * @param positionGroups groups of the positional convolution
 * @param buckets rows of the relative position table
 * @param maxDistance distance from which on all are one bucket
 * @param gradientScale factor on the gradient that enters each layer's input
 * @param labels classes of the tagging head the released weights carry; 0 without one
 */
public record BeatsConfig(
    int patchSize,
    int patchWidth,
    int width,
    int layers,
    int heads,
    int mlpWidth,
    int positionKernel,
    int positionGroups,
    int buckets,
    int maxDistance,
    double gradientScale,
    int labels) {

  /** Mean of log-mel energies over AudioSet (reference BEATs.py). */
  public static final double BANK_MEAN = 15.41663;

  /** Half of the divisor that follows (reference BEATs.py). */
  public static final double BANK_DEVIATION = 6.55582;

  /** Tokens of a filter bank of that size. */
  public int tokens(int frames, int bins) {
    return frames / patchSize * (bins / patchSize);
  }

  /** The factor on residuals of a DeepNorm encoder of that depth (DeepNet, table 1). */
  double residualScale() {
    return Math.pow(2.0 * layers, 0.25);
  }

  /** The gain of the projections DeepNorm makes smaller at the start (DeepNet, table 1). */
  double startGain() {
    return Math.pow(8.0 * layers, -0.25);
  }
}
