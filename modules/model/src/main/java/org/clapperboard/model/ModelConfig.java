package org.clapperboard.model;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.connector.VisionConnector;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionConfig.SelectFeature;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.ParameterSpec;

/**
 * The shape of a whole model.
 *
 * @param sight how it sees, or null if it does not
 * @param hearing how it hears, or null if it does not
 * @param language its language model
 */
public record ModelConfig(Sight sight, Hearing hearing, DecoderConfig language)
    implements Serializable {

  /**
   * The way of pictures and clips into the language model.
   *
   * @param encoder the vision encoder
   * @param connector the vision connector
   */
  public record Sight(VisionConfig encoder, ConnectorConfig connector) implements Serializable {

    public Sight {
      try (Rules rules = new Rules()) {
        if (encoder != null && connector != null && connector.sampler() != Sampler.FRAME_MEAN) {
          int grid = encoder.grid();
          if (encoder.selectFeature() != SelectFeature.PATCH) {
            rules
                .broken("vision-encoder.selectFeature", "cls-patch", "patch for this connector")
                .advice("A class token has no place in the grid that it brings down.");
          }
          if (connector.tokens(connector.downsample().get(0), grid, grid) == 0) {
            rules.broken(
                "vision-connector.downsample",
                connector.downsample(),
                "no more rows and columns than the encoder's grid has, " + grid);
          }
        }
      }
    }

    private static Sight read(Section model, int width) {
      return model.build(
          () -> {
            VisionConfig encoder = VisionConfig.read(model.section("vision-encoder"));
            int inputWidth = encoder == null ? 1 : encoder.width();
            Section connector = model.section("vision-connector");
            return new Sight(encoder, ConnectorConfig.read(connector, inputWidth, width));
          });
    }

    /** Vectors that a clip of that many frames becomes. */
    public int tokens(int frames) {
      return connector.tokens(frames, encoder.rows(), encoder.columns());
    }
  }

  /**
   * The way of sound into the language model.
   *
   * @param encoder the audio encoder
   * @param projector the audio projector
   */
  public record Hearing(BeatsConfig encoder, AudioProjector.Config projector)
      implements Serializable {

    private static Hearing read(Section model, int width) {
      return model.build(
          () -> {
            BeatsConfig encoder = BeatsConfig.read(model.section("audio-encoder"));
            int inputWidth = encoder == null ? 1 : encoder.width();
            Section projector = model.section("audio-projector");
            return new Hearing(encoder, AudioProjector.Config.read(projector, inputWidth, width));
          });
    }
  }

  /** Reads it from the {@code model} section of a configuration file. */
  public static ModelConfig read(Section section) {
    return section.build(
        () -> {
          DecoderConfig language = DecoderConfig.read(section.section("language-model"));
          int width = language == null ? 1 : language.width();
          return new ModelConfig(
              section.optionalSection("vision-encoder").isPresent()
                  ? Sight.read(section, width)
                  : null,
              section.optionalSection("audio-encoder").isPresent()
                  ? Hearing.read(section, width)
                  : null,
              language);
        });
  }

  /** What every part of such a model is made of; parts it does not have are left out. */
  public Map<Part, List<ParameterSpec>> specs() {
    Map<Part, List<ParameterSpec>> specs = new EnumMap<>(Part.class);
    if (sight != null) {
      specs.put(
          Part.VISION_ENCODER, VisionEncoder.specs(sight.encoder(), Part.VISION_ENCODER.prefix()));
      specs.put(
          Part.VISION_CONNECTOR,
          VisionConnector.specs(sight.connector(), Part.VISION_CONNECTOR.prefix()));
    }
    if (hearing != null) {
      specs.put(
          Part.AUDIO_ENCODER, BeatsEncoder.specs(hearing.encoder(), Part.AUDIO_ENCODER.prefix()));
      specs.put(
          Part.AUDIO_PROJECTOR,
          AudioProjector.specs(hearing.projector(), Part.AUDIO_PROJECTOR.prefix()));
    }
    specs.put(Part.LANGUAGE_MODEL, LanguageModel.specs(language));
    return specs;
  }
}
