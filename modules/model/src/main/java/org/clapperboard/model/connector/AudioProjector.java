package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** The audio projector: every audio token by itself to the width of the language model. */
public final class AudioProjector {

  /**
   * Its shape.
   *
   * @param depth linear layers; 2 is the paper's and the reference's {@code mlp2x_gelu}, 1 its
   *     {@code linear}
   * @param inputWidth width of the audio encoder
   * @param width width of the language model
   */
  public record Config(int depth, int inputWidth, int width) {}

  private final Config config;
  private final Parameters parameters;
  private final String prefix;
  private final Pack pack = Pack.load("connector");

  /** A projector over parameters made from {@link #specs} with the same prefix. */
  public AudioProjector(Config config, Parameters parameters, String prefix) {
    this.config = config;
    this.parameters = parameters;
    this.prefix = prefix;
  }

  /** Projects features (B, L, input width) to (B, L, width). */
  public NDArray project(NDManager scope, NDArray features) {
    NDArray[] weights = MultiLayer.weights(parameters, prefix, config.depth());
    return pack.tensor(scope, "mlp", features, weights);
  }

  /** The parameters of a projector of this shape, under the reference's names. */
  public static List<ParameterSpec> specs(Config config, String prefix) {
    return MultiLayer.specs(prefix, config.depth(), config.inputWidth(), config.width());
  }
}
