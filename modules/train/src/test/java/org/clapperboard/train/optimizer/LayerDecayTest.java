package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.clapperboard.model.weights.ParameterSpec;
import org.junit.jupiter.api.Test;

class LayerDecayTest {
  private static ToDoubleFunction<String> rates(double decay, String... names) {
    List<ParameterSpec> specs =
        Stream.of(names).map(name -> ParameterSpec.constant(name, 0, 1)).toList();
    return LayerDecay.rates(decay, specs);
  }

  @Test
  void each_layer_of_beats_is_slower_than_the_one_above() {
    String layer = "model.audio_tower.encoder.layers.";
    ToDoubleFunction<String> rates =
        rates(0.5, layer + "0.fc1.weight", layer + "1.fc1.weight", layer + "2.fc1.weight");
    assertThat(rates.applyAsDouble(layer + "2.self_attn.q_proj.bias")).isEqualTo(1);
    assertThat(rates.applyAsDouble(layer + "1.fc1.weight")).isEqualTo(0.5);
    assertThat(rates.applyAsDouble(layer + "0.self_attn.relative_attention_bias.weight"))
        .isEqualTo(0.25);
    assertThat(rates.applyAsDouble("model.audio_tower.patch_embedding.weight")).isEqualTo(0.125);
    // Though called the encoder's, it stands in front of its layers.
    assertThat(rates.applyAsDouble("model.audio_tower.encoder.layer_norm.weight")).isEqualTo(0.125);
  }

  @Test
  void what_stands_behind_the_layers_of_clip_and_siglip_is_as_fast_as_the_last() {
    String model = "model.vision_tower.vision_tower.vision_model.";
    ToDoubleFunction<String> rates =
        rates(0.9, model + "encoder.layers.10.mlp.fc1.weight", model + "post_layernorm.weight");
    assertThat(rates.applyAsDouble(model + "post_layernorm.weight")).isEqualTo(1);
    assertThat(rates.applyAsDouble(model + "head.attention.in_proj_weight")).isEqualTo(1);
    assertThat(rates.applyAsDouble(model + "encoder.layers.10.mlp.fc1.weight")).isEqualTo(1);
    assertThat(rates.applyAsDouble(model + "encoder.layers.8.mlp.fc1.weight"))
        .isCloseTo(0.81, within(1e-12));
    assertThat(rates.applyAsDouble(model + "pre_layrnorm.weight"))
        .isCloseTo(Math.pow(0.9, 11), within(1e-12));
  }

  @Test
  void without_decay_all_rates_are_one() {
    ToDoubleFunction<String> rates = rates(1, "a.layers.0.w", "a.layers.1.w");
    assertThat(Stream.of("a.layers.0.w", "a.layers.1.w", "b").mapToDouble(rates)).containsOnly(1.0);
  }
}
