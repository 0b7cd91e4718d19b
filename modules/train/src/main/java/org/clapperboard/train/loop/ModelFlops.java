package org.clapperboard.train.loop;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.train.config.ObjectiveConfig;
import org.clapperboard.train.config.StageConfig;

/**
 * Floating-point operations that a sample takes in a step, however they are computed: what model
 * FLOPs utilisation (Chowdhery and others, 2022, appendix B) compares with what the hardware could
 * do.
 *
 * <p>A weight of a matrix or convolution is 2 operations at a position that goes through it, 4
 * where gradients go through it too, 6 where it learns; attention is 4 S² D in each layer for S
 * positions of width D, three times that with gradients. Of experts those count that a position
 * goes to, the head counts where something is predicted. Recomputation, padding, norms, activations
 * and the heads of closed answers do not count; windows, the mask of attention and what the last
 * layer leaves out are not subtracted.
 */
public final class ModelFlops {
  private static final int FORWARD = 2;
  private static final int THROUGH = 4;
  private static final int LEARNING = 6;

  private final ModelConfig model;
  private final Map<Part, List<ParameterSpec>> specs;
  private final Set<Part> train;
  private final Map<Part, LoraConfig> lora;
  private final boolean answers;
  private final Set<Part> learning = EnumSet.noneOf(Part.class);

  /**
   * Operations of a model.
   *
   * @param train the parts whose weights learn
   * @param lora adapters of others
   * @param answers whether the language model reads what is seen and heard, or an encoder is alone
   */
  ModelFlops(ModelConfig model, Set<Part> train, Map<Part, LoraConfig> lora, boolean answers) {
    this.model = model;
    this.specs = model.specs();
    this.train = Set.copyOf(train);
    this.lora = Map.copyOf(lora);
    this.answers = answers;
    learning.addAll(train);
    learning.addAll(lora.keySet());
  }

  /** Operations of a stage. */
  static ModelFlops of(StageConfig config) {
    boolean answers = config.objective() instanceof ObjectiveConfig.Answers;
    return new ModelFlops(config.model(), config.train(), config.lora(), answers);
  }

  /**
   * The operations of a sample.
   *
   * @param length its positions in the language model
   */
  double of(Example example, int length) {
    double operations = 0;
    Set<Part> before = EnumSet.noneOf(Part.class);
    for (Media media : example.media()) {
      if (media.clip() != null) {
        operations += seen(media.clip());
        before.addAll(Set.of(Part.VISION_ENCODER, Part.VISION_CONNECTOR));
      }
      if (media.bank() != null) {
        operations += heard(media.bank().remaining() / VideoLlama2.MEL_BINS);
        before.addAll(Set.of(Part.AUDIO_ENCODER, Part.AUDIO_PROJECTOR));
      }
    }
    before.retainAll(learning);
    return answers ? operations + read(length, example.labelled(), !before.isEmpty()) : operations;
  }

  private double seen(Clip clip) {
    double connected = answers ? connected(clip.frames()) : 0;
    if (clip.features() != null) {
      return connected;
    }
    VisionConfig encoder = model.sight().encoder();
    double pictures = clip.pixels().remaining() / (3.0 * encoder.imageSize() * encoder.imageSize());
    return pictures * picture(encoder) + connected;
  }

  /** The operations of a picture in a frozen vision encoder. */
  public static double ofPicture(ModelConfig model) {
    return new ModelFlops(model, Set.of(), Map.of(), true).picture(model.sight().encoder());
  }

  private double picture(VisionConfig encoder) {
    List<ParameterSpec> specs = specs(Part.VISION_ENCODER);
    double patches = encoder.grid() * encoder.grid();
    double encoded = sum(specs, spec -> spec.name().contains("patch_embedding") ? patches : 0);
    for (int layer = 0; layer < encoder.layersRun(); layer++) {
      String at = ".layers." + layer + ".";
      encoded += sum(specs, spec -> spec.name().contains(at) ? encoder.tokens() : 0);
    }
    return weights(Part.VISION_ENCODER, false) * encoded
        + attention(Part.VISION_ENCODER, false)
            * encoder.layersRun()
            * square(encoder.tokens())
            * encoder.width();
  }

  /** The connector: its first stage sees every patch of every frame, the rest what is left. */
  private double connected(int frames) {
    ConnectorConfig connector = model.sight().connector();
    VisionConfig encoder = model.sight().encoder();
    String prefix = specs(Part.VISION_CONNECTOR).get(0).name().replaceFirst("s1\\..*$", "");
    double patches = (double) frames * encoder.rows() * encoder.columns();
    double tokens = model.sight().tokens(frames);
    int cell = connector.downsample().get(0);
    int framesLeft = (frames + 2 * connector.padding()) / cell;
    double done =
        sum(
            specs(Part.VISION_CONNECTOR),
            spec -> {
              boolean first = spec.name().startsWith(prefix + "s1.");
              // Squeeze and excitation looks at the mean of a frame.
              if (spec.name().contains(".se.")) {
                return first ? frames : framesLeft;
              }
              return first ? patches : tokens;
            });
    return weights(Part.VISION_CONNECTOR, learning.contains(Part.VISION_ENCODER)) * done;
  }

  private double heard(int frames) {
    BeatsConfig encoder = model.hearing().encoder();
    double tokens = encoder.tokens(frames, VideoLlama2.MEL_BINS);
    double encoded =
        sum(
            specs(Part.AUDIO_ENCODER),
            spec -> {
              if (spec.name().contains("grep_linear")) {
                return tokens * encoder.heads();
              }
              boolean table = spec.name().contains("relative_attention_bias");
              return table || spec.name().matches(".*(grep_a|weight_g)$") ? 0 : tokens;
            });
    double operations =
        weights(Part.AUDIO_ENCODER, false) * encoded
            + adapter(Part.AUDIO_ENCODER) * tokens
            + attention(Part.AUDIO_ENCODER, false)
                * encoder.layers()
                * square(tokens)
                * encoder.width();
    boolean reached = learning.contains(Part.AUDIO_ENCODER);
    return answers
        ? operations
            + weights(Part.AUDIO_PROJECTOR, reached)
                * sum(specs(Part.AUDIO_PROJECTOR), spec -> tokens)
        : operations;
  }

  private double read(double length, double labels, boolean reached) {
    DecoderConfig language = model.language();
    DecoderConfig.Experts experts = language.experts();
    double used = experts == null ? 1 : experts.preferred() / (double) experts.count();
    double layers =
        sum(
            specs(Part.LANGUAGE_MODEL),
            spec -> {
              if (!spec.name().startsWith("model.layers.")) {
                return 0;
              }
              return spec.name().contains(".experts.") ? length * used : length;
            });
    double head = (double) language.vocabulary() * language.width() * labels;
    double width = (double) language.heads() * language.headWidth();
    return weights(Part.LANGUAGE_MODEL, reached) * (layers + head)
        + adapter(Part.LANGUAGE_MODEL) * length
        + attention(Part.LANGUAGE_MODEL, reached) * language.layers() * square(length) * width;
  }

  /** Operations of a weight at a position. */
  private int weights(Part part, boolean reached) {
    if (train.contains(part)) {
      return LEARNING;
    }
    return reached || learning.contains(part) ? THROUGH : FORWARD;
  }

  private int attention(Part part, boolean reached) {
    return reached || learning.contains(part) ? 12 : 4;
  }

  /** Operations of all of a part's adapter at a position. */
  private double adapter(Part part) {
    return lora.containsKey(part)
        ? LEARNING * sum(Lora.specs(lora.get(part), specs(part)), spec -> 1)
        : 0;
  }

  private List<ParameterSpec> specs(Part part) {
    return specs.get(part);
  }

  /** Weights of matrices and convolutions, each times the positions that go through it. */
  private static double sum(List<ParameterSpec> specs, ToDoubleFunction<ParameterSpec> positions) {
    return specs.stream()
        .filter(spec -> spec.shape().dimension() > 1)
        .mapToDouble(spec -> spec.elements() * positions.applyAsDouble(spec))
        .sum();
  }

  private static double square(double x) {
    return x * x;
  }
}
