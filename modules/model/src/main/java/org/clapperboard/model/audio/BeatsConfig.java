package org.clapperboard.model.audio;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * The shape of a BEATs audio encoder. The tagging head that the released weights carry has no part
 * in it: the reference loads it and never asks it.
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
 * @param layerDrop probability of leaving a layer out in a step that trains the encoder
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
    double layerDrop)
    implements Serializable {

  /** Mean of log-mel energies over AudioSet (reference BEATs.py). */
  public static final double BANK_MEAN = 15.41663;

  /** Half of the divisor that follows (reference BEATs.py). */
  public static final double BANK_DEVIATION = 6.55582;

  public BeatsConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("patchSize", patchSize, 1);
      rules.atLeast("patchWidth", patchWidth, 1);
      rules.atLeast("layers", layers, 1);
      rules.atLeast("heads", heads, 1);
      rules.atLeast("mlpWidth", mlpWidth, 1);
      rules.atLeast("positionKernel", positionKernel, 1);
      rules.atLeast("positionGroups", positionGroups, 1);
      rules.atLeast("buckets", buckets, 4);
      rules.atLeast("maxDistance", maxDistance, Math.max(1, buckets / 4) + 1);
      rules.between("gradientScale", gradientScale, 0, 1);
      rules.between("layerDrop", layerDrop, 0, 1);
      if (width < 1 || width % Math.max(1, heads) != 0) {
        rules.broken("width", width, "a multiple of heads = " + heads).dependsOn("heads");
      } else if (width % Math.max(1, positionGroups) != 0) {
        rules
            .broken("width", width, "a multiple of position-groups = " + positionGroups)
            .dependsOn("positionGroups");
      }
    }
  }

  /** Reads it from its section of a configuration file; defaults are the released checkpoint's. */
  public static BeatsConfig read(Section section) {
    BeatsConfig released = released();
    return section.build(
        () ->
            new BeatsConfig(
                section.integer("patch-size", released.patchSize),
                section.integer("patch-width", released.patchWidth),
                section.integer("width", released.width),
                section.integer("layers", released.layers),
                section.integer("heads", released.heads),
                section.integer("mlp-width", released.mlpWidth),
                section.integer("position-kernel", released.positionKernel),
                section.integer("position-groups", released.positionGroups),
                section.integer("buckets", released.buckets),
                section.integer("max-distance", released.maxDistance),
                section.number("gradient-scale", released.gradientScale),
                section.number("layer-drop", released.layerDrop)));
  }

  /** The shape of the released checkpoint, which the reference fixes in its code. */
  public static BeatsConfig released() {
    return new BeatsConfig(16, 512, 768, 12, 12, 3072, 128, 16, 320, 800, 0.6, 0.05);
  }

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
