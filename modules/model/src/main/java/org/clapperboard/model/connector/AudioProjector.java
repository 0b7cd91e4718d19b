package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.Serializable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.Section;
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
  public record Config(int depth, int inputWidth, int width) implements Serializable {
    private static final Pattern MLP = Pattern.compile("mlp([1-9])x_gelu");

    /**
     * The projector the reference calls by that name ({@code mm_projector_a_type}).
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Config named(String type, int inputWidth, int width) {
      Matcher mlp = MLP.matcher(type);
      if (!mlp.matches() && !type.equals("linear")) {
        throw new IllegalArgumentException("There is no audio projector named \"" + type + "\".");
      }
      int depth = type.equals("linear") ? 1 : Integer.parseInt(mlp.group(1));
      return new Config(depth, inputWidth, width);
    }

    /** Its name in a checkpoint's configuration. */
    public String type() {
      return depth == 1 ? "linear" : "mlp" + depth + "x_gelu";
    }

    /** Reads it from its section of a configuration file. */
    public static Config read(Section section, int inputWidth, int width) {
      return section.build(
          () -> {
            String type = section.oneOf("type", List.of("linear", "mlp2x_gelu"));
            return named(type, inputWidth, width);
          });
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
    NDArray[] weights = MultiLayer.weights(parameters, prefix, config.depth());
    return pack.tensor(scope, "mlp", features, weights);
  }

  /** The parameters of a projector of this shape, under the reference's names. */
  public static List<ParameterSpec> specs(Config config, String prefix) {
    return MultiLayer.specs(prefix, config.depth(), config.inputWidth(), config.width());
  }
}
