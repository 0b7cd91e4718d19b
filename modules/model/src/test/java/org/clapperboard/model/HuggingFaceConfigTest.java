package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.vision.VisionConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigTest {
  private static final String MODEL =
      """
      vision-encoder: {family: %s, image-size: 56, patch-size: 14, width: 64, layers: 4, heads: 4,
        mlp-width: 256, select-layer: %d, select-feature: %s}
      vision-connector: %s
      audio-encoder: {width: 48, patch-width: 32, heads: 4, position-groups: 4, layer-drop: 0.1}
      audio-projector: {type: mlp3x_gelu}
      language-model: {family: qwen2, vocabulary: 69, width: 128, layers: 4, heads: 4, kv-heads: 2,
        mlp-width: 256, rope-theta: 100, context: 512}
      """;
  private static final String RELEASED =
      """
      {"model_type": "videollama2_qwen2", "vocab_size": 69, "hidden_size": 128,
       "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 256,
       "mm_vision_tower": "google/siglip-so400m-patch14-384", "mm_vision_select_layer": -2,
       "mm_projector_type": "stc_connector_v35", "mm_hidden_size": 1152, "num_frames": 16,
       "mm_audio_tower": "/somewhere/audio_tower.bin", "mm_projector_a_type": "mlp2x_gelu"}
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{type: stc_connector}",
        "{type: stc_connector_v35, depth: 1}",
        "{type: stp_connector, downsample: [8, 1, 1], depth: 0}",
        "{type: spatial_conv, padding: 0, readout-depth: 3}",
        "{type: spatial_pool}",
        "{type: mlp4x_gelu}",
        "{type: linear}"
      })
  void a_model_that_is_written_is_read_as_it_was(String connector) {
    for (String family : List.of("clip", "siglip")) {
      ModelConfig model = model(MODEL.formatted(family, -1, "patch", connector));

      assertThat(HuggingFaceConfig.read(HuggingFaceConfig.write(model))).isEqualTo(model);
    }
  }

  @Test
  void the_references_keys_are_written_with_its_words() {
    String connector = "{type: mlp2x_gelu}";
    ObjectNode json =
        HuggingFaceConfig.write(model(MODEL.formatted("clip", -3, "cls-patch", connector)));

    assertThat(json.get("mm_vision_select_layer").asInt()).isEqualTo(-3);
    assertThat(json.get("mm_vision_select_feature").asText()).isEqualTo("cls_patch");
    assertThat(json.get("mm_projector_type").asText()).isEqualTo("mlp2x_gelu");
    assertThat(json.get("mm_hidden_size").asInt()).isEqualTo(64);
    assertThat(json.get("mm_projector_a_type").asText()).isEqualTo("mlp3x_gelu");
    assertThat(json.get("mm_hidden_size_a").asInt()).isEqualTo(48);
    assertThat(json.get("hidden_size_a").asInt()).isEqualTo(128);
    assertThat(json.at("/audio_config/encoder_layerdrop").asDouble()).isEqualTo(0.1);
  }

  @Test
  void towers_of_released_checkpoints_are_known_by_name() {
    ModelConfig model = HuggingFaceConfig.read(json(RELEASED));

    assertThat(model.sight().encoder().family()).isEqualTo(VisionConfig.Family.SIGLIP);
    assertThat(model.sight().encoder().layersRun()).isEqualTo(26);
    assertThat(model.sight().tokens(16)).isEqualTo(1352);
    assertThat(model.hearing().encoder()).isEqualTo(BeatsConfig.released());
    assertThat(model.hearing().encoder().tokens(2998, 128)).isEqualTo(1496);
    ObjectNode written = HuggingFaceConfig.write(model);
    assertThat(written.get("mm_vision_tower").asText())
        .isEqualTo("google/siglip-so400m-patch14-384");
  }

  @Test
  void a_select_layer_counted_from_the_start_means_the_same_layer() {
    ObjectNode config = json(RELEASED).put("mm_vision_select_layer", 26);

    assertThat(HuggingFaceConfig.read(config).sight().encoder().selectLayer()).isEqualTo(-2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mm_vision_tower | eva-02 | mm_vision_tower is \"eva-02\" (expected: google/siglip-so400m",
        "mm_vision_select_feature | cls | mm_vision_select_feature is \"cls\" (expected: patch or",
        "mm_vision_select_feature | cls_patch | patch, since SigLIP has no class token",
        "mm_projector_type | identity | There is no connector named \"identity\".",
        "mm_projector_a_type | conv | type is \"conv\" (expected: linear or mlpNx_gelu"
      })
  void a_checkpoint_that_says_what_we_do_not_know_is_refused(
      String key, String value, String message) {
    ObjectNode config = json(RELEASED).put(key, value);

    assertThatThrownBy(() -> HuggingFaceConfig.read(config))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(message);
  }

  @Test
  void a_tower_with_another_activation_or_norm_is_refused() {
    ObjectNode written =
        HuggingFaceConfig.write(model(MODEL.formatted("clip", -2, "patch", "{type: linear}")));
    ObjectNode gelu = written.deepCopy();
    gelu.withObject("/vision_config").put("hidden_act", "gelu");
    ObjectNode eps = written.deepCopy();
    eps.withObject("/vision_config").put("layer_norm_eps", 1e-6);

    assertThatThrownBy(() -> HuggingFaceConfig.read(gelu))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("config.json vision_config.hidden_act is \"gelu\" (expected: quick_gelu).");
    assertThatThrownBy(() -> HuggingFaceConfig.read(eps))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("layer_norm_eps is \"1.0E-6\" (expected: 1.0E-5).");
  }

  @Test
  void with_the_class_token_a_picture_is_one_token_more() {
    ModelConfig patches = model(MODEL.formatted("clip", -2, "patch", "{type: mlp2x_gelu}"));
    ModelConfig all = model(MODEL.formatted("clip", -2, "cls-patch", "{type: mlp2x_gelu}"));

    assertThat(patches.sight().tokens(8)).isEqualTo(16);
    assertThat(all.sight().tokens(8)).isEqualTo(17);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "clip | -2 | cls-patch | {type: stc_connector} | select-feature is \"cls-patch\" (expected:",
        "siglip | -2 | cls-patch | {type: linear} | (expected: patch, since SigLIP has no class",
        "clip | -6 | patch | {type: linear} | select-layer is -6 (expected: between -5 and -1)",
        "clip | 0 | patch | {type: linear} | select-layer is 0 (expected: between -5 and -1)",
        "clip | -2 | patch | {type: stp_connector, downsample: [2, 5, 5]} | no more rows and"
      })
  void parts_that_do_not_go_together_are_refused_with_their_place(
      String family, int layer, String feature, String connector, String message) {
    assertThatThrownBy(() -> model(MODEL.formatted(family, layer, feature, connector)))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("x.yaml:")
        .hasMessageContaining(message);
  }

  private static ModelConfig model(String yaml) {
    return ConfigFile.ofText(Path.of("x.yaml"), yaml, List.of()).read(ModelConfig::read);
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
