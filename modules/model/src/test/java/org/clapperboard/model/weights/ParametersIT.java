package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ParametersIT {
  private static final List<ParameterSpec> SPECS =
      List.of(
          ParameterSpec.normal("a.weight", 0.02, 40, 50),
          ParameterSpec.fanIn("b.weight", 16, 25, 80),
          ParameterSpec.constant("b.bias", 0.5, 25),
          ParameterSpec.normal("c.weight", 0.02, 40, 50));

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static Map<String, float[]> fresh(List<ParameterSpec> specs, long seed) {
    try (Parameters parameters = Parameters.allocate(specs)) {
      parameters.initialise(seed);
      Map<String, float[]> values = new LinkedHashMap<>();
      specs.forEach(spec -> values.put(spec.name(), parameters.tensor(spec.name()).toFloatArray()));
      return values;
    }
  }

  @Test
  void a_fresh_start_knows_neither_order_nor_company() {
    Map<String, float[]> all = fresh(SPECS, 1);
    List<ParameterSpec> turned = new ArrayList<>(SPECS);
    Collections.reverse(turned);
    turned.add(1, ParameterSpec.normal("other", 1, 9));
    Map<String, float[]> others = fresh(turned, 1);
    for (ParameterSpec spec : SPECS) {
      assertThat(others.get(spec.name())).as(spec.name()).isEqualTo(all.get(spec.name()));
      assertThat(fresh(List.of(spec), 1).get(spec.name()))
          .as(spec.name())
          .isEqualTo(all.get(spec.name()));
    }
  }

  @Test
  void the_seed_and_the_name_decide_a_fresh_start() {
    Map<String, float[]> one = fresh(SPECS, 1);
    assertThat(fresh(SPECS, 1).get("a.weight")).isEqualTo(one.get("a.weight"));
    assertThat(fresh(SPECS, 2).get("a.weight")).isNotEqualTo(one.get("a.weight"));
    assertThat(one.get("c.weight")).isNotEqualTo(one.get("a.weight"));
  }

  @Test
  void fresh_values_have_the_distribution_they_were_given() {
    Map<String, float[]> values = fresh(SPECS, 3);
    // 2000 values: five standard errors of each figure.
    assertThat(mean(values.get("a.weight"))).isCloseTo(0, within(0.0023));
    assertThat(deviation(values.get("a.weight"))).isCloseTo(0.02, within(0.0016));
    // Uniform within 1 / sqrt(16), whose deviation is that over the root of 3.
    assertThat(deviation(values.get("b.weight"))).isCloseTo(0.25 / Math.sqrt(3), within(0.008));
    for (float value : values.get("b.weight")) {
      assertThat(value).isBetween(-0.25f, 0.25f);
    }
    assertThat(values.get("b.bias")).containsOnly(0.5f);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(float[] values) {
    double mean = mean(values);
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / values.length);
  }

  @Test
  void tensors_are_views_of_one_flat_buffer() {
    try (Parameters parameters = Parameters.allocate(SPECS)) {
      assertThat(parameters.elements()).isEqualTo(2000 + 2000 + 25 + 2000);
      assertThat(parameters.flat().toFloatArray()).containsOnly(0);
      Parameters.floats(parameters.flat()).put(4000, 7);
      assertThat(parameters.tensor("b.bias").toFloatArray()).startsWith(7, 0);
      Parameters.floats(parameters.tensor("c.weight")).put(0, 8);
      assertThat(parameters.flat().toFloatArray()[4025]).isEqualTo(8);
      assertThat(parameters.tensors()).hasSize(4);
    }
  }

  @Test
  void pieces_of_a_tensor_are_its_memory_in_order() {
    try (Parameters parameters = Parameters.allocate(SPECS)) {
      parameters.initialise(5);
      float[] whole = parameters.tensor("b.weight").toFloatArray();
      int at = 0;
      for (FloatBuffer piece : parameters.pieces("b.weight", 300)) {
        assertThat(piece.remaining()).isBetween(1, 300);
        while (piece.hasRemaining()) {
          assertThat(piece.get()).isEqualTo(whole[at++]);
        }
      }
      assertThat(at).isEqualTo(whole.length);
      parameters.pieces("b.weight", 300).get(1).put(0, 123);
      assertThat(parameters.tensor("b.weight").toFloatArray()[300]).isEqualTo(123);
    }
  }

  @Test
  void a_name_that_is_there_twice_or_not_at_all_is_refused() {
    List<ParameterSpec> twice = List.of(SPECS.get(0), SPECS.get(0));
    assertThatThrownBy(() -> Parameters.allocate(twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameter a.weight is named twice");
    try (Parameters parameters = Parameters.allocate(SPECS)) {
      assertThat(parameters.has("d")).isFalse();
      assertThatThrownBy(() -> parameters.tensor("d"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("parameter d is not part of this model");
    }
  }

  @Test
  void weights_that_are_missing_or_misshapen_are_all_named_and_nothing_is_loaded() {
    Memory source =
        new Memory(
            Map.of("a.weight", new Shape(50, 40), "b.bias", new Shape(25), "x", new Shape(1)));
    try (Parameters parameters = Parameters.allocate(SPECS)) {
      assertThatThrownBy(() -> parameters.load(source))
          .isInstanceOf(BadCheckpoint.class)
          .hasMessage(
              "Cannot load weights from memory: 2 missing: b.weight, c.weight; 1 misfit: a.weight is"
                  + " (50, 40) (expected: (40, 50)).");
      assertThat(parameters.flat().toFloatArray()).containsOnly(0);
      assertThat(LoadReport.of(SPECS, source).unexpected()).containsExactly("x");
    }
  }

  @Test
  void integers_are_no_weights() {
    Memory source = new Memory(Map.of("b.bias", new Shape(25)), Dtype.U8);
    LoadReport report = LoadReport.of(SPECS.subList(2, 3), source);
    assertThatThrownBy(report::requireComplete)
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "Cannot load weights from memory: 1 misfit: b.bias is U8 (expected: BF16, F16, F32 or"
                + " F64).");
  }

  @Test
  void tensors_that_say_nothing_are_not_unexpected() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (String name :
        List.of(
            "b.bias",
            "vision_model.embeddings.position_ids",
            "model.layers.3.self_attn.rotary_emb.inv_freq",
            "model.audio_tower.predictor.weight",
            "model.audio_tower.encoder.layers.3.self_attn.relative_attention_bias.weight",
            "model.layers.9.mlp.up_proj.weight")) {
      shapes.put(name, new Shape(25));
    }
    LoadReport report = LoadReport.of(SPECS.subList(2, 3), new Memory(shapes));
    report.requireComplete();
    assertThatThrownBy(report::requireExact)
        .hasMessage(
            "Cannot load weights from memory: 1 unexpected: model.layers.9.mlp.up_proj.weight.");
  }

  @Test
  void a_tensor_that_two_sources_have_is_refused() {
    Memory one = new Memory(Map.of("a", new Shape(1)));
    Memory two = new Memory(Map.of("a", new Shape(1)));
    assertThatThrownBy(() -> TensorSources.of(List.of(one, two)))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot load a: it is in memory and in memory");
  }

  /** Tensors full of ones. */
  private record Memory(Map<String, Shape> shapes, Dtype dtype) implements TensorSource {
    Memory(Map<String, Shape> shapes) {
      this(shapes, Dtype.F32);
    }

    @Override
    public String origin() {
      return "memory";
    }

    @Override
    public Set<String> names() {
      return shapes.keySet();
    }

    @Override
    public Shape shape(String name) {
      return shapes.get(name);
    }

    @Override
    public Dtype dtype(String name) {
      return dtype;
    }

    @Override
    public void read(String name, long first, FloatBuffer target) {
      while (target.hasRemaining()) {
        target.put(1);
      }
    }
  }
}
