package org.clapperboard.model;

import static org.clapperboard.model.HuggingFaceConfig.few;
import static org.clapperboard.model.HuggingFaceConfig.layers;
import static org.clapperboard.model.HuggingFaceConfig.number;
import static org.clapperboard.model.HuggingFaceConfig.text;
import static org.clapperboard.model.HuggingFaceConfig.unsupported;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.clapperboard.model.ModelConfig.Hearing;
import org.clapperboard.model.ModelConfig.Sight;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionConfig.Family;
import org.clapperboard.model.vision.VisionConfig.SelectFeature;

/**
 * What a checkpoint's {@code config.json} tells of encoders, connector and projector: the
 * reference's {@code mm_} keys at the top, the towers' own shapes in {@code vision_config} and
 * {@code audio_config}. The reference writes no such shapes, it names towers; those it was
 * published with are known by name here.
 *
 * <p>Of a connector the reference knows the name alone. What else may be set is written beside it
 * under keys of ours, {@code mm_projector_downsample} and so on; without them the name decides.
 */
final class HuggingFaceTowers {
  private static final Map<String, VisionConfig> VISION_TOWERS =
      Map.of(
          "openai/clip-vit-large-patch14-336",
          new VisionConfig(Family.CLIP, 336, 14, 1024, 24, 16, 4096, -2, SelectFeature.PATCH),
          "google/siglip-so400m-patch14-384",
          new VisionConfig(Family.SIGLIP, 384, 14, 1152, 27, 16, 4304, -2, SelectFeature.PATCH));

  private HuggingFaceTowers() {}

  /** How the model sees, or null if it does not. */
  static Sight sight(JsonNode config, int width) {
    if (!config.hasNonNull("vision_config") && !config.hasNonNull("mm_vision_tower")) {
      return null;
    }
    VisionConfig vision = vision(config);
    return new Sight(vision, connector(config, vision.width(), width));
  }

  /** How the model hears, or null if it does not. */
  static Hearing hearing(JsonNode config, int width) {
    if (!config.hasNonNull("audio_config") && !config.hasNonNull("mm_audio_tower")) {
      return null;
    }
    // The reference has the shape in its code, and a path of the training machine as the name.
    BeatsConfig beats =
        config.hasNonNull("audio_config")
            ? beats(config.get("audio_config"))
            : BeatsConfig.released();
    return new Hearing(beats, projector(config, beats.width(), width));
  }

  /** The vision tower: its shape, the selected layer and the selected feature. */
  static VisionConfig vision(JsonNode config) {
    VisionConfig tower =
        config.hasNonNull("vision_config")
            ? tower(config.get("vision_config"))
            : namedTower(text(config, "mm_vision_tower"));
    int layer = config.path("mm_vision_select_layer").asInt(-2);
    return select(
        tower,
        layer < 0 ? layer : layer - tower.layers() - 1,
        feature(config.path("mm_vision_select_feature").asText("patch")));
  }

  private static VisionConfig tower(JsonNode config) {
    String type = text(config, "model_type").replace("_vision_model", "");
    VisionConfig tower =
        new VisionConfig(
            HuggingFaceConfig.family(Family.class, "vision_config.model_type", type),
            number(config, "image_size"),
            number(config, "patch_size"),
            number(config, "hidden_size"),
            layers(config, "num_hidden_layers"),
            number(config, "num_attention_heads"),
            number(config, "intermediate_size"),
            -1,
            SelectFeature.PATCH);
    String activation = config.path("hidden_act").asText(tower.activation());
    if (!activation.equals(tower.activation())) {
      throw unsupported("vision_config.hidden_act", activation, tower.activation());
    }
    double eps = config.path("layer_norm_eps").asDouble(tower.normEps());
    if (Math.abs(eps - tower.normEps()) > 0.01 * tower.normEps()) {
      throw unsupported("vision_config.layer_norm_eps", "" + eps, "" + tower.normEps());
    }
    return tower;
  }

  private static VisionConfig namedTower(String name) {
    return VISION_TOWERS.entrySet().stream()
        .filter(tower -> name.endsWith(simple(tower.getKey())))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                unsupported(
                    "mm_vision_tower",
                    name,
                    VISION_TOWERS.keySet().stream().sorted().collect(Collectors.joining(" or "))
                        + ", or its shape in vision_config"));
  }

  private static String simple(String name) {
    return name.substring(name.indexOf('/') + 1);
  }

  private static VisionConfig select(VisionConfig tower, int layer, SelectFeature feature) {
    return new VisionConfig(
        tower.family(),
        tower.imageSize(),
        tower.patchSize(),
        tower.width(),
        tower.layers(),
        tower.heads(),
        tower.mlpWidth(),
        layer,
        feature);
  }

  private static SelectFeature feature(String name) {
    for (SelectFeature feature : SelectFeature.values()) {
      if (lower(feature).equals(name)) {
        return feature;
      }
    }
    throw unsupported("mm_vision_select_feature", name, "patch or cls_patch");
  }

  /** A BEATs configuration under the names of its released checkpoint. */
  static BeatsConfig beats(JsonNode config) {
    return new BeatsConfig(
        number(config, "input_patch_size"),
        number(config, "embed_dim"),
        number(config, "encoder_embed_dim"),
        layers(config, "encoder_layers"),
        number(config, "encoder_attention_heads"),
        number(config, "encoder_ffn_embed_dim"),
        number(config, "conv_pos"),
        number(config, "conv_pos_groups"),
        number(config, "num_buckets"),
        number(config, "max_distance"),
        config.path("layer_wise_gradient_decay_ratio").asDouble(1),
        config.path("encoder_layerdrop").asDouble(0));
  }

  /** The connector: the shape its name has in the reference, then what is set beside it. */
  static ConnectorConfig connector(JsonNode config, int inputWidth, int width) {
    ConnectorConfig named =
        ConnectorConfig.named(text(config, "mm_projector_type"), inputWidth, width);
    List<Integer> downsample = new ArrayList<>();
    config.path("mm_projector_downsample").forEach(size -> downsample.add(size.asInt()));
    return named.with(
        downsample.isEmpty() ? named.downsample() : downsample,
        config.path("mm_projector_padding").asInt(named.padding()),
        few("mm_projector_depth", config.path("mm_projector_depth").asInt(named.depth())),
        few(
            "mm_projector_readout_depth",
            config.path("mm_projector_readout_depth").asInt(named.readoutDepth())));
  }

  /** The audio projector. */
  static AudioProjector.Config projector(JsonNode config, int inputWidth, int width) {
    String type = config.path("mm_projector_a_type").asText("mlp2x_gelu");
    return new AudioProjector.Config(type, inputWidth, width);
  }

  static void write(ObjectNode config, Sight sight) {
    VisionConfig tower = sight.encoder();
    VisionConfig plain = select(tower, -2, SelectFeature.PATCH);
    String name =
        VISION_TOWERS.entrySet().stream()
            .filter(known -> known.getValue().equals(plain))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(lower(tower.family()));
    config
        .put("mm_vision_tower", name)
        .put("mm_vision_select_layer", tower.selectLayer())
        .put("mm_vision_select_feature", lower(tower.selectFeature()))
        .put("mm_hidden_size", tower.width())
        .put("use_mm_proj", true);
    config
        .putObject("vision_config")
        .put("model_type", lower(tower.family()) + "_vision_model")
        .put("hidden_size", tower.width())
        .put("intermediate_size", tower.mlpWidth())
        .put("num_hidden_layers", tower.layers())
        .put("num_attention_heads", tower.heads())
        .put("num_channels", 3)
        .put("image_size", tower.imageSize())
        .put("patch_size", tower.patchSize())
        .put("hidden_act", tower.activation())
        .put("layer_norm_eps", tower.normEps());
    write(config, sight.connector());
  }

  private static void write(ObjectNode config, ConnectorConfig connector) {
    config.put("mm_projector_type", connector.type());
    if (connector.sampler() != Sampler.FRAME_MEAN) {
      ArrayNode downsample = config.putArray("mm_projector_downsample");
      connector.downsample().forEach(downsample::add);
      config
          .put("mm_projector_padding", connector.padding())
          .put("mm_projector_depth", connector.depth())
          .put("mm_projector_readout_depth", connector.readoutDepth());
    }
  }

  static void write(ObjectNode config, Hearing hearing) {
    BeatsConfig tower = hearing.encoder();
    config
        .put("mm_audio_tower", "audio_tower.bin")
        .put("mm_projector_a_type", hearing.projector().type())
        .put("mm_hidden_size_a", tower.width())
        .put("hidden_size_a", hearing.projector().width());
    config
        .putObject("audio_config")
        .put("input_patch_size", tower.patchSize())
        .put("embed_dim", tower.patchWidth())
        .put("encoder_embed_dim", tower.width())
        .put("encoder_layers", tower.layers())
        .put("encoder_attention_heads", tower.heads())
        .put("encoder_ffn_embed_dim", tower.mlpWidth())
        .put("conv_pos", tower.positionKernel())
        .put("conv_pos_groups", tower.positionGroups())
        .put("num_buckets", tower.buckets())
        .put("max_distance", tower.maxDistance())
        .put("layer_wise_gradient_decay_ratio", tower.gradientScale())
        .put("encoder_layerdrop", tower.layerDrop())
        .put("finetuned_model", false);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
