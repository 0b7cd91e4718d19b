package org.clapperboard.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.language.DecoderConfig.Experts;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.model.language.LanguageModel;
import org.clapperboard.model.weights.ParameterSpec;
import org.junit.jupiter.api.Test;

class LoraTest {
  private static final List<ParameterSpec> QWEN2 = LanguageModel.specs(decoder(Family.QWEN2, null));
  private static final List<ParameterSpec> MIXTRAL =
      LanguageModel.specs(decoder(Family.MIXTRAL, new Experts(2, 1, 0)));
  private static final List<ParameterSpec> BEATS =
      BeatsEncoder.specs(BeatsConfig.released(), "model.audio_tower.");

  private static DecoderConfig decoder(Family family, Experts experts) {
    return new DecoderConfig(
        family, 20, 8, 2, 2, 1, 4, 12, 1e-6, 10000, false, 64, 0, experts, null, 1);
  }

  private static LoraConfig config(String... targets) {
    return new LoraConfig(3, 6, 0.1, List.of(targets));
  }

  @Test
  void matrices_have_pefts_names_shapes_and_starts() {
    assertThat(Lora.specs(config("q_proj", "1.mlp.down_proj"), QWEN2))
        .containsExactly(
            ParameterSpec.fanIn(
                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", 8, 3, 8),
            ParameterSpec.constant(
                "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", 0, 8, 3),
            ParameterSpec.fanIn(
                "base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight", 8, 3, 8),
            ParameterSpec.constant(
                "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight", 0, 8, 3),
            ParameterSpec.fanIn(
                "base_model.model.model.layers.1.mlp.down_proj.lora_A.weight", 12, 3, 12),
            ParameterSpec.constant(
                "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight", 0, 8, 3));
  }

  @Test
  void without_targets_all_linear_layers_but_gates_have_one() {
    assertThat(Lora.targets(config(), QWEN2))
        .containsExactly(
            "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    assertThat(Lora.targets(config(), MIXTRAL))
        .containsExactly("q_proj", "k_proj", "v_proj", "o_proj", "w1", "w2", "w3");
    assertThat(Lora.modules(MIXTRAL)).contains("gate");
    assertThat(Lora.targets(config("gate"), MIXTRAL)).containsExactly("gate");
    assertThat(Lora.targets(config(), BEATS))
        .containsExactly("k_proj", "v_proj", "q_proj", "out_proj", "fc1", "fc2");
    assertThat(Lora.specs(config(), BEATS)).hasSize(12 * 6 * 2);
  }

  @Test
  void targets_that_are_no_linear_layer_are_told() {
    assertThat(Lora.unknown(config("q_proj", "proj", "grep_linear", "lm_head"), QWEN2))
        .containsExactly("proj", "grep_linear", "lm_head");
    assertThat(Lora.unknown(config("self_attn.q_proj", "layers.1.mlp.up_proj"), QWEN2)).isEmpty();
  }

  @Test
  void a_configuration_out_of_bounds_is_refused() {
    assertThatThrownBy(() -> new LoraConfig(0, 0, 1, List.of()))
        .hasMessageContaining("rank is 0 (expected: at least 1)")
        .hasMessageContaining("alpha is 0.0 (expected: a number above 0)")
        .hasMessageContaining("dropout is 1.0 (expected: at least 0 and below 1)");
  }
}
