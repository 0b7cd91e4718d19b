package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** The audio projector: every audio token by itself to the width of the language model. */
public final class AudioProjector {

  /**
   * Its shape.
   *
   * @param type the reference's name for it ({@code mm_projector_a_type}): {@code linear} or {@code
   *     mlpNx_gelu}; the paper's has two layers
   * @param inputWidth width of the audio encoder
   * @param width width of the language model
   */
  public record Config(String type, int inputWidth, int width) implements Serializable {

    public Config {
      try (Rules rules = new Rules()) {
        if (!LinearLayers.known(type)) {
          rules.broken("type", type, "linear or mlpNx_gelu with N from 1 to 99");
        }
        rules.atLeast("inputWidth", inputWidth, 1);
        rules.atLeast("width", width, 1);
      }
    }

    /** Reads it from its section of a configuration file. */
    public static Config read(Section section, int inputWidth, int width) {
      return section.build(() -> new Config(section.string("type"), inputWidth, width));
    }

    private List<String> places(String prefix) {
      return LinearLayers.places(type, prefix);
    }
  }

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
    NDArray[] weights = LinearLayers.weights(parameters, config.places(prefix));
    return pack.tensor(scope, "mlp", features, weights);
  }

  /** The parameters of a projector of this shape, under the reference's names. */
  public static List<ParameterSpec> specs(Config config, String prefix) {
    return LinearLayers.specs(config.places(prefix), config.inputWidth(), config.width());
  }
}
