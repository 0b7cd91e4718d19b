package org.clapperboard.model;

import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.weights.Parameters.Trainable;

/**
 * How much memory goes through encoders and what connects them, at most: counts of the tensors that
 * are there at once. All in numbers, whatever their type; a number is 4 or 2 bytes.
 */
public final class EncoderMemory {
  /** Vectors of a layer's width that autograd keeps: inputs, norms, queries, keys, values, sums. */
  private static final double KEPT = 11;

  /** Of the width of the layer behind: before and after its activation. */
  private static final double KEPT_BEHIND = 2;

  /**
   * Layers' worth of what the layer at work takes, where gradients are made; else less than one.
   */
  private static final double AT_WORK = 1.7;

  /** Vectors that a RegNet block keeps: of three convolutions, their norms and activations. */
  private static final double OF_A_BLOCK = 15;

  /** Vectors that a block without gradients holds at once. */
  private static final double UNKEPT = 4;

  /** Scores of all pairs that BEATs keeps: with its bias, after the softmax, and the gate. */
  private static final double PAIRS = 4;

  private EncoderMemory() {}

  /**
   * Numbers of so many pictures: as floats, cut into patches, and in the layers.
   *
   * @param learns whether the encoder makes gradients
   */
  public static double pictures(
      VisionConfig config, double pictures, Trainable learns, Activations activations) {
    double pixels = 3.0 * config.imageSize() * config.imageSize();
    double tokens = config.tokens();
    double layer = tokens * (KEPT * config.width() + KEPT_BEHIND * config.mlpWidth());
    double states = tokens * config.width() * (config.layersRun() + 1);
    return pictures
        * (2 * pixels + states + layers(config.layersRun(), layer, learns, activations));
  }

  /**
   * Numbers of so many clips in the connector.
   *
   * @param learns whether it makes gradients
   */
  public static double connector(
      ModelConfig.Sight sight, double clips, int frames, Trainable learns) {
    ConnectorConfig connector = sight.connector();
    double patches = (double) frames * sight.encoder().rows() * sight.encoder().columns();
    double tokens = sight.tokens(frames);
    if (learns == Trainable.NO) {
      return clips * connector.width() * patches * UNKEPT;
    }
    double kept = OF_A_BLOCK * connector.depth() + 2;
    return clips
        * connector.width()
        * (patches * kept + tokens * (kept + 4 + 2 * connector.readoutDepth()));
  }

  /**
   * Numbers of so many sounds in the audio encoder.
   *
   * @param tokens of a sound
   */
  public static double sounds(
      BeatsConfig config, double sounds, int tokens, Trainable learns, Activations activations) {
    double vectors = KEPT * config.width() + KEPT_BEHIND * config.mlpWidth();
    double pairs = PAIRS * config.heads() * tokens;
    return sounds * tokens * layers(config.layers(), vectors + pairs, learns, activations);
  }

  private static double layers(int count, double layer, Trainable learns, Activations activations) {
    if (learns == Trainable.NO) {
      return layer;
    }
    return activations == Activations.KEEP
        ? (count - 1 + AT_WORK) * layer
        : (AT_WORK + count / KEPT) * layer;
  }
}
