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
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.LoadReport;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Parts of a whole model out of places where the reference and others keep them. */
class WeightPlaceIT {
  private static final Fixture WHOLE = fixture("12_e2e_av_qwen2_beats");

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static Fixture fixture(String name) {
    return GoldenFixtures.chosen().startingWith(name).get(0);
  }

  private static Path weights(Fixture fixture) {
    return fixture.folder().resolve(fixture.name() + ".safetensors");
  }

  private static List<ParameterSpec> specs(Part part) {
    return GoldenWhole.config(WHOLE.json()).specs().get(part);
  }

  /** Writes a part of the whole model's weights under other names. */
  private void write(String file, Part part, UnaryOperator<String> rename, float factor)
      throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    for (ParameterSpec spec : specs(part)) {
      float[] values = WHOLE.tensors().floats(spec.name());
      for (int i = 0; i < values.length; i++) {
        values[i] *= factor;
      }
      writer.add(rename.apply(spec.name()), spec.shape(), FloatBuffer.wrap(values));
    }
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    try (OutputStream out = Files.newOutputStream(path)) {
      writer.write(out, Map.of());
    }
  }

  private static void assertHolds(WeightPlace place, Part part, float factor) {
    TensorSource source = place.part(part);
    LoadReport.of(specs(part), source).requireExact();
    for (ParameterSpec spec : specs(part)) {
      float[] expected = WHOLE.tensors().floats(spec.name());
      for (int i = 0; i < expected.length; i++) {
        expected[i] *= factor;
      }
      FloatBuffer values = FloatBuffer.allocate(expected.length);
      source.read(spec.name(), values);
      assertThat(values.array()).as(spec.name()).isEqualTo(expected);
    }
  }

  @Test
  void every_part_of_a_whole_model_is_found_under_the_references_names() {
    WeightPlace place = WeightPlace.open(weights(WHOLE));
    for (Part part : Part.values()) {
      assertHolds(place, part, 1);
    }
  }

  @Test
  void towers_alone_are_found_under_their_own_names() {
    ObjectNode clip = new ObjectMapper().createObjectNode();
    clip.set("vision_config", fixture("01_clip_vision").json().get("config"));
    List<ParameterSpec> specs =
        new ModelConfig(
                new ModelConfig.Sight(
                    HuggingFaceTowers.vision(clip), ConnectorConfig.named("linear", 64, 64)),
                null,
                GoldenWhole.config(WHOLE.json()).language())
            .specs()
            .get(Part.VISION_ENCODER);
    Path file = weights(fixture("01_clip_vision"));
    LoadReport.of(specs, WeightPlace.open(file).part(Part.VISION_ENCODER)).requireComplete();
    TensorSource beats = WeightPlace.open(weights(fixture("05_beats"))).part(Part.AUDIO_ENCODER);
    assertThat(beats.names())
        .contains(
            "model.audio_tower.patch_embedding.weight",
            "model.audio_tower.encoder.pos_conv.0.weight_g",
            "model.audio_tower.encoder.layers.2.fc1.bias",
            "model.audio_tower.layer_norm.bias");
    LoadReport.of(specs(Part.AUDIO_ENCODER), beats).requireExact();
  }

  @Test
  void prefixes_of_wrappers_and_older_releases_are_understood() throws Exception {
    write("a.safetensors", Part.VISION_CONNECTOR, name -> "base_model.model." + name, 1);
    assertHolds(WeightPlace.open(folder.resolve("a.safetensors")), Part.VISION_CONNECTOR, 1);
    write("b.safetensors", Part.VISION_CONNECTOR, name -> name.substring("model.".length()), 1);
    assertHolds(WeightPlace.open(folder.resolve("b.safetensors")), Part.VISION_CONNECTOR, 1);
    write("c.safetensors", Part.LANGUAGE_MODEL, name -> "module." + name, 1);
    assertHolds(WeightPlace.open(folder.resolve("c.safetensors")), Part.LANGUAGE_MODEL, 1);
    String prefix = Part.VISION_ENCODER.prefix();
    write("d.safetensors", Part.VISION_ENCODER, name -> name.substring(prefix.length()), 1);
    assertHolds(WeightPlace.open(folder.resolve("d.safetensors")), Part.VISION_ENCODER, 1);
  }

  @Test
  void a_side_file_comes_before_the_main_files_and_shadows_nothing_else() throws Exception {
    write("m/model.safetensors", Part.AUDIO_PROJECTOR, name -> name, 1);
    write("m/mm_projector_a.safetensors", Part.AUDIO_PROJECTOR, name -> name, 2);
    write("m/non_lora_trainables.safetensors", Part.AUDIO_PROJECTOR, name -> name, 3);
    write("m/mm_projector.safetensors", Part.VISION_CONNECTOR, name -> name, 4);
    write("m/adapter_model.safetensors", Part.LANGUAGE_MODEL, name -> name, 5);
    WeightPlace place = WeightPlace.open(folder.resolve("m"));
    assertHolds(place, Part.AUDIO_PROJECTOR, 2);
    assertHolds(place, Part.VISION_CONNECTOR, 4);
    assertThat(place.part(Part.LANGUAGE_MODEL).names()).isEmpty();
  }

  @Test
  void files_that_torch_wrote_are_taken_by_their_content() throws Exception {
    Path pickled = Path.of(WeightPlaceIT.class.getResource("/pytorch/wrapped.pt").toURI());
    Files.createDirectories(folder.resolve("beats"));
    Files.copy(pickled, folder.resolve("beats/BEATs_iter3.pt"));
    assertThat(WeightPlace.open(folder.resolve("beats")).part(Part.AUDIO_ENCODER).names())
        .containsExactly("model.audio_tower.patch_embedding.weight");
    Files.copy(pickled, folder.resolve("audio_tower.bin"));
    assertThat(WeightPlace.open(folder).part(Part.AUDIO_ENCODER).names())
        .containsExactly("model.audio_tower.patch_embedding.weight");
  }

  @Test
  void a_half_there_connector_is_refused_with_all_that_is_wrong() throws Exception {
    String gone = "model.mm_projector.readout.0.bias";
    write(
        "m.safetensors",
        Part.VISION_CONNECTOR,
        name -> name.equals(gone) ? name.replace("0.bias", "7.bias") : name,
        1);
    WeightPlace place = WeightPlace.open(folder.resolve("m.safetensors"));
    try (Parameters connector = Parameters.allocate(specs(Part.VISION_CONNECTOR));
        Parameters projector = Parameters.allocate(specs(Part.AUDIO_PROJECTOR))) {
      Map<Part, Parameters> both =
          Map.of(Part.VISION_CONNECTOR, connector, Part.AUDIO_PROJECTOR, projector);
      assertThatThrownBy(() -> place.load(both))
          .isInstanceOf(BadCheckpoint.class)
          .hasMessageContaining("5 missing: ")
          .hasMessageContaining(gone)
          .hasMessageContaining("model.mm_projector_a.2.bias")
          .hasMessageContaining("1 unexpected: model.mm_projector.readout.7.bias");
      assertThat(connector.flat().toFloatArray()).containsOnly(0);
    }
  }

  @Test
  void numbers_that_are_none_are_refused() throws Exception {
    write("m.safetensors", Part.AUDIO_PROJECTOR, name -> name, Float.NaN);
    Path file = folder.resolve("m.safetensors");
    try (Parameters projector = Parameters.allocate(specs(Part.AUDIO_PROJECTOR))) {
      assertThatThrownBy(() -> WeightPlace.open(file).load(Map.of(Part.AUDIO_PROJECTOR, projector)))
          .isInstanceOf(BadCheckpoint.class)
          .hasMessageStartingWith(
              "Cannot use weights from "
                  + file
                  + ": 4 tensors have elements that are NaN or infinite: ");
      projector.initialise(1);
      projector.requireFinite("here");
      projector.pieces("model.mm_projector_a.2.bias").get(0).put(3, Float.NEGATIVE_INFINITY);
      assertThatThrownBy(() -> projector.requireFinite("here"))
          .hasMessage(
              "Cannot use weights from here: 1 tensors have elements that are NaN or infinite:"
                  + " model.mm_projector_a.2.bias.");
    }
  }

  @Test
  void two_names_for_one_parameter_and_places_without_weights_are_refused() throws Exception {
    SafetensorsWriter writer = new SafetensorsWriter(Dtype.F32);
    for (String name : List.of("mm_projector.weight", "model.mm_projector.weight")) {
      writer.add(name, new ai.djl.ndarray.types.Shape(1), FloatBuffer.allocate(1));
    }
    Path file = folder.resolve("twice.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.write(out, Map.of());
    }
    WeightPlace place = WeightPlace.open(file);
    assertThatThrownBy(() -> place.part(Part.VISION_CONNECTOR))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "Cannot load weights from "
                + file
                + ": mm_projector.weight and model.mm_projector.weight are the same parameter.");
    assertThatThrownBy(() -> WeightPlace.open(folder.resolve("none")))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("there is no such file or folder");
    Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> WeightPlace.open(folder.resolve("empty")))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("it holds no weights");
  }
}
