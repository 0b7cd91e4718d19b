package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Folders of adapters as PEFT and the reference's scripts leave them, over a whole model. */
class AdapterFolderIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Fixture WHOLE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final ModelConfig SHAPE = GoldenWhole.config(WHOLE.json());
  private static final Path BASE = WHOLE.folder().resolve(WHOLE.name() + ".safetensors");
  private static final SafetensorsFile TENSORS = WHOLE.tensors();
  private static final int RANK = 2;

  /** What PEFT 0.4 writes, which the reference pins, with what 0.7 and later add. */
  private static final String WRITTEN_BY_PEFT =
      """
      {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "%s", "bias": "none",
       "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true,
       "layers_pattern": null, "layers_to_transform": null, "lora_alpha": 6, "lora_dropout": 0.05,
       "modules_to_save": null, "peft_type": "LORA", "r": 2, "rank_pattern": {}, "revision": null,
       "target_modules": ["q_proj", "down_proj"], "task_type": "CAUSAL_LM"}
      """
          .formatted(BASE.toAbsolutePath());

  @TempDir private Path folder;
  private final List<ParameterSpec> matrices = new ArrayList<>();

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @BeforeEach
  void adapter() throws IOException {
    matrices.clear();
    for (Part part : Part.ADAPTABLE) {
      for (ParameterSpec spec : SHAPE.specs().get(part)) {
        if (spec.name().matches(".*layers.*(q_proj|down_proj|fc1)\\.weight")) {
          String name = "base_model.model." + spec.name().replaceFirst("weight$", "");
          long[] shape = spec.shape().getShape();
          matrices.add(ParameterSpec.normal(name + "lora_A.weight", 0.3, RANK, shape[1]));
          matrices.add(ParameterSpec.normal(name + "lora_B.weight", 0.3, shape[0], RANK));
        }
      }
    }
    write(AdapterFolder.WEIGHTS, matrices);
    Files.writeString(folder.resolve(AdapterFolder.CONFIG), WRITTEN_BY_PEFT);
  }

  private void write(String file, List<ParameterSpec> specs) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    try (OutputStream out = Files.newOutputStream(folder.resolve(file))) {
      writer.add(FreshStart.of(specs, 5)).write(out, Map.of("format", "pt"));
    }
  }

  private static float[] values(TensorSource source, String name) {
    FloatBuffer values = FloatBuffer.allocate((int) source.shape(name).size());
    source.read(name, values);
    return values.array();
  }

  /** Compares all weights that a place has with sums made by hand. */
  private void assertMerged(WeightPlace place, double factor) {
    TensorSource matrix = FreshStart.of(matrices, 5);
    int merged = 0;
    for (Part part : Part.values()) {
      TensorSource found = place.part(part);
      for (ParameterSpec spec : SHAPE.specs().get(part)) {
        float[] expected = TENSORS.floats(spec.name());
        String module = "base_model.model." + spec.name().replaceFirst("weight$", "");
        if (matrix.names().contains(module + "lora_A.weight")) {
          float[] a = values(matrix, module + "lora_A.weight");
          float[] b = values(matrix, module + "lora_B.weight");
          int columns = (int) spec.shape().get(1);
          for (int i = 0; i < expected.length; i++) {
            for (int k = 0; k < RANK; k++) {
              double product = b[i / columns * RANK + k] * a[k * columns + i % columns];
              expected[i] += (float) (factor * product);
            }
          }
          merged++;
        }
        assertClose(spec.name(), values(found, spec.name()), expected);
      }
    }
    assertThat(2 * merged).isEqualTo(matrices.size());
  }

  private static void assertClose(String name, float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    float most = 0;
    for (int i = 0; i < actual.length; i++) {
      most = Math.max(most, Math.abs(actual[i] - expected[i]));
    }
    assertThat(most).as("largest difference in %s", name).isLessThan(1e-5f);
  }

  @Test
  void an_adapter_is_added_to_the_base_that_its_configuration_names() {
    WeightPlace place = WeightPlace.open(folder);
    assertMerged(place, 3);
    try (VideoLlama2 model = VideoLlama2.allocate(SHAPE)) {
      place.load(model.parameters());
      Parameters language = model.parameters().get(Part.LANGUAGE_MODEL);
      String name = "model.layers.0.mlp.down_proj.weight";
      assertThat(values(language, name)).isEqualTo(values(place.part(Part.LANGUAGE_MODEL), name));
    }
  }

  @Test
  void a_base_can_be_named_and_must_be_there() throws IOException {
    String elsewhere = WRITTEN_BY_PEFT.replace(BASE.toAbsolutePath().toString(), "Qwen/Qwen2-7B");
    Files.writeString(folder.resolve(AdapterFolder.CONFIG), elsewhere);
    assertMerged(WeightPlace.open(folder, BASE), 3);
    assertThatThrownBy(() -> WeightPlace.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "Cannot read weights from "
                + folder
                + ": it is an adapter, whose base \"Qwen/Qwen2-7B\" is not here. Name its base.");
  }

  @Test
  void an_rslora_adapter_has_the_factor_of_the_root() throws IOException {
    Files.writeString(
        folder.resolve(AdapterFolder.CONFIG),
        WRITTEN_BY_PEFT.replace("\"bias\"", "\"use_rslora\": true, \"bias\""));
    assertMerged(WeightPlace.open(folder), 6 / Math.sqrt(2));
  }

  @Test
  void the_connector_beside_an_adapter_comes_before_that_of_the_base() throws IOException {
    List<ParameterSpec> connector =
        SHAPE.specs().get(Part.VISION_CONNECTOR).stream()
            .map(s -> new ParameterSpec("base_model.model." + s.name(), s.shape(), s.start()))
            .toList();
    write("non_lora_trainables.safetensors", connector);
    WeightPlace place = WeightPlace.open(folder);
    place.report(Part.VISION_CONNECTOR, SHAPE.specs().get(Part.VISION_CONNECTOR)).requireExact();
    place.report(Part.LANGUAGE_MODEL, SHAPE.specs().get(Part.LANGUAGE_MODEL)).requireExact();
    for (ParameterSpec spec : SHAPE.specs().get(Part.VISION_CONNECTOR)) {
      assertThat(values(place.part(Part.VISION_CONNECTOR), spec.name()))
          .isEqualTo(values(FreshStart.of(connector, 5), "base_model.model." + spec.name()));
    }
  }

  @Test
  void a_connector_that_nobody_has_is_refused() throws IOException {
    Path base = Files.createDirectories(folder.resolve("llm")).resolve("model.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    try (OutputStream out = Files.newOutputStream(base)) {
      writer.add(WeightPlace.open(BASE).part(Part.LANGUAGE_MODEL)).write(out, Map.of());
    }
    matrices.removeIf(spec -> spec.name().contains("audio_tower"));
    write(AdapterFolder.WEIGHTS, matrices);
    WeightPlace place = WeightPlace.open(folder, base.getParent());
    assertThatThrownBy(
            () ->
                place
                    .report(Part.VISION_CONNECTOR, SHAPE.specs().get(Part.VISION_CONNECTOR))
                    .requireExact())
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("missing: model.mm_projector.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "LORA" | "IA3" | peft_type is "IA3" (expected: "LORA")
          "bias": "none" | "bias": "all" | bias is "all" (expected: "none")
          "r": 2 | "r": 2, "use_dora": true | use_dora is true (expected: none: only low-rank matrices can be merged)
          "modules_to_save": null | "modules_to_save": ["lm_head"] | modules_to_save is ["lm_head"] (expected: none: only low-rank matrices can be merged)
          "rank_pattern": {} | "rank_pattern": {"q_proj": 4} | rank_pattern is {"q_proj":4} (expected: none: only low-rank matrices can be merged)
          "init_lora_weights": true | "init_lora_weights": "pissa_niter_4" | init_lora_weights is "pissa_niter_4" (expected: an unchanged base)
          "r": 2 | "r": "two" | r is "two" (expected: a whole number from 1)
          "lora_alpha": 6, | '' | lora_alpha is missing (expected: a number)
          """)
  void what_is_more_than_low_rank_matrices_is_refused(String plain, String other, String why)
      throws IOException {
    assertThat(WRITTEN_BY_PEFT).contains(plain);
    Files.writeString(folder.resolve(AdapterFolder.CONFIG), WRITTEN_BY_PEFT.replace(plain, other));
    assertThatThrownBy(() -> WeightPlace.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot use the adapter in " + folder + ": " + why + ".");
  }

  @Test
  void every_matrix_must_have_its_place() throws IOException {
    ParameterSpec last = matrices.remove(matrices.size() - 1);
    write(AdapterFolder.WEIGHTS, matrices);
    assertRefused("1 missing: " + last.name());

    matrices.add(ParameterSpec.constant(last.name(), 0, last.shape().get(0), RANK + 1));
    write(AdapterFolder.WEIGHTS, matrices);
    assertRefused("1 misfit: " + last.name() + " is (");

    String deep = "base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight";
    matrices.set(matrices.size() - 1, last);
    matrices.add(ParameterSpec.constant(deep, 0, RANK, 4));
    write(AdapterFolder.WEIGHTS, matrices);
    assertRefused("1 unexpected: " + deep);

    matrices.set(
        matrices.size() - 1, ParameterSpec.constant("base_model.model.score.lora_A", 0, 1));
    write(AdapterFolder.WEIGHTS, matrices);
    assertRefused("1 of its tensors belong to no part of the model: base_model.model.score.lora_A");
  }

  private void assertRefused(String why) {
    assertThatThrownBy(
            () -> {
              WeightPlace place = WeightPlace.open(folder);
              Part.ADAPTABLE.forEach(place::part);
            })
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining(why);
  }

  @Test
  void the_configuration_that_is_written_is_pefts() throws IOException {
    LoraConfig lora = new LoraConfig(2, 6, 0.05, List.of());
    byte[] written =
        AdapterFolder.config(lora, List.of("q_proj", "down_proj"), "" + BASE.toAbsolutePath());
    ObjectNode expected = (ObjectNode) JSON.readTree(WRITTEN_BY_PEFT);
    expected.remove(List.of("alpha_pattern", "rank_pattern"));
    assertThat(JSON.readTree(written)).isEqualTo(expected);
    Files.write(folder.resolve(AdapterFolder.CONFIG), written);
    assertMerged(WeightPlace.open(folder), 3);
    assertThat(AdapterFolder.open(folder).parts()).isEqualTo(Part.ADAPTABLE);
  }
}
