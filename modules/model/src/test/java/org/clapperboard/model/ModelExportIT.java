package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of the reference, exported and looked at with other eyes than ours. */
class ModelExportIT {
  private static final Fixture WHOLE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);

  @TempDir private Path temporary;
  private Path folder;
  private Path tokenizer;
  private VideoLlama2 model;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @BeforeEach
  void load() throws IOException {
    folder = temporary.resolve("model");
    tokenizer = Files.createDirectories(temporary.resolve("tokenizer"));
    Files.writeString(
        tokenizer.resolve("tokenizer.json"),
        "{\"added_tokens\": [{\"id\": 3, \"content\": \"<end>\"},"
            + " {\"id\": 5, \"content\": \"<pad>\"}]}");
    Files.writeString(
        tokenizer.resolve("tokenizer_config.json"),
        "{\"eos_token\": {\"content\": \"<end>\"}, \"pad_token\": \"<pad>\", \"bos_token\": null}");
    Files.writeString(tokenizer.resolve("merges.txt"), "a b");
    model = VideoLlama2.allocate(GoldenWhole.config(WHOLE.json()));
    Path weights = WHOLE.folder().resolve(WHOLE.name() + ".safetensors");
    model.parameters().values().forEach(parameters -> parameters.load(Safetensors.open(weights)));
  }

  @AfterEach
  void close() {
    model.close();
  }

  private void export(ModelExport export) throws IOException {
    ModelFolder.Shown shown =
        new ModelFolder.Shown(16, ModelFolder.Aspect.SQUARE, ModelFolder.SoundShape.PAPER, 30);
    export.write(folder, model, shown, tokenizer, "# Card");
  }

  private List<String> weightFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.contains("safetensors"))
          .sorted()
          .toList();
    }
  }

  private JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(file).toFile());
  }

  /** What the reference's own state dictionary calls its tensors. */
  private static Set<String> referenceNames() {
    return WHOLE.tensors().names().stream()
        .filter(name -> !name.contains("/"))
        // One table, which the reference shows under the name of every layer that shares it.
        .filter(name -> !name.matches(".*layers\\.[1-9]\\d*\\..*relative_attention_bias.*"))
        // The head of its fine-tuning as a classifier, which nothing reads.
        .filter(name -> !name.startsWith("model.audio_tower.predictor."))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The nearest numbers whose lower two bytes are zero; of two as near, the even one. */
  private static float[] bfloat16(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int upper = Float.floatToRawIntBits(values[i]) >>> 16;
      float toZero = Float.intBitsToFloat(upper << 16);
      float fromZero = Float.intBitsToFloat((upper + 1) << 16);
      float excess = Math.abs(values[i] - toZero) - Math.abs(fromZero - values[i]);
      boolean further = excess > 0 || (excess == 0 && upper % 2 == 1);
      rounded[i] = further ? fromZero : toZero;
    }
    return rounded;
  }

  @Test
  void names_shapes_and_bytes_are_those_of_the_reference() throws Exception {
    export(ModelExport.whole());
    SafetensorsFile written = SafetensorsFile.open(folder.resolve("model.safetensors"));
    assertThat(new TreeSet<>(written.names())).isEqualTo(referenceNames());
    for (String name : written.names()) {
      assertThat(written.dtype(name)).isEqualTo("F32");
      assertThat(written.shape(name)).as(name).isEqualTo(WHOLE.tensors().shape(name));
      assertThat(written.bytes(name)).as(name).isEqualTo(WHOLE.tensors().bytes(name));
    }
  }

  @Test
  void weights_read_piece_by_piece_are_written_as_those_in_memory_are() throws Exception {
    ModelExport export = new ModelExport(EnumSet.allOf(Part.class), Dtype.BF16, 20_000);
    model.parameters().values().forEach(parameters -> parameters.initialise(5));
    export(export);
    Map<String, byte[]> inMemory = weights();
    Map<Part, FreshStart> drawn = new EnumMap<>(Part.class);
    model.config().specs().forEach((part, specs) -> drawn.put(part, FreshStart.of(specs, 5)));
    ModelFolder.Shown shown =
        new ModelFolder.Shown(16, ModelFolder.Aspect.SQUARE, ModelFolder.SoundShape.PAPER, 30);
    export.write(folder, model.config(), drawn, shown, tokenizer, "# Card");
    assertThat(inMemory).hasSizeGreaterThan(5).containsOnlyKeys(weightFiles());
    for (Map.Entry<String, byte[]> file : inMemory.entrySet()) {
      assertThat(folder.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
  }

  /** Every file of weights, and the index. */
  private Map<String, byte[]> weights() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : weightFiles()) {
      files.put(name, Files.readAllBytes(folder.resolve(name)));
    }
    return files;
  }

  @Test
  void shards_in_bfloat16_hold_every_tensor_once_and_come_back() throws Exception {
    long limit = 20_000;
    export(new ModelExport(EnumSet.allOf(Part.class), Dtype.BF16, limit));
    JsonNode map = json("model.safetensors.index.json").get("weight_map");
    Set<String> files = new TreeSet<>();
    Map<String, String> seen = new LinkedHashMap<>();
    map.properties().forEach(entry -> files.add(entry.getValue().asText()));
    assertThat(files.size()).isGreaterThan(5);
    long bytes = 0;
    for (String file : files) {
      SafetensorsFile shard = SafetensorsFile.open(folder.resolve(file));
      long inShard = 0;
      for (String name : shard.names()) {
        assertThat(map.get(name).asText()).isEqualTo(file);
        assertThat(seen.put(name, file)).as(name).isNull();
        assertThat(shard.dtype(name)).isEqualTo("BF16");
        assertThat(shard.floats(name)).as(name).isEqualTo(bfloat16(WHOLE.tensors().floats(name)));
        inShard += shard.bytes(name).length;
      }
      assertThat(inShard <= limit || shard.names().size() == 1).as(file).isTrue();
      bytes += inShard;
    }
    assertThat(seen.keySet()).isEqualTo(referenceNames());
    assertThat(json("model.safetensors.index.json").at("/metadata/total_size").asLong())
        .isEqualTo(bytes);
    assertThat(files)
        .first()
        .isEqualTo(String.format("model-00001-of-%05d.safetensors", files.size()));
    try (VideoLlama2 loaded = ModelFolder.open(folder).load()) {
      loaded
          .parameters()
          .forEach(
              (part, parameters) ->
                  assertThat(BfloatModels.values(parameters))
                      .as("%s", part)
                      .isEqualTo(bfloat16(model.parameters().get(part).flat().toFloatArray())));
    }
  }

  @Test
  void an_export_replaces_the_files_of_the_one_before_it() throws Exception {
    export(new ModelExport(EnumSet.allOf(Part.class), Dtype.BF16, 20_000));
    Files.writeString(folder.resolve("notes.txt"), "mine");
    export(ModelExport.whole());
    assertThat(weightFiles()).containsExactly("model.safetensors");
    assertThat(folder.resolve("notes.txt")).hasContent("mine");
  }

  @Test
  void parts_alone_lie_in_files_of_the_references_names_and_can_be_taken_from_there()
      throws Exception {
    Set<Part> parts = EnumSet.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR, Part.AUDIO_ENCODER);
    export(new ModelExport(parts, Dtype.F32, Long.MAX_VALUE));
    assertThat(weightFiles())
        .containsExactly(
            "audio_tower.safetensors", "mm_projector.safetensors", "mm_projector_a.safetensors");
    assertThat(json("config.json").get("tune_mm_mlp_adapter").asBoolean()).isTrue();
    assertThat(json("config.json").get("tune_mm_mlp_adapter_a").asBoolean()).isTrue();
    WeightPlace place = WeightPlace.open(folder);
    for (Part part : parts) {
      List<ParameterSpec> specs = model.config().specs().get(part);
      try (Parameters loaded = Parameters.allocate(specs)) {
        place.load(Map.of(part, loaded));
        assertThat(loaded.flat().toFloatArray())
            .as("%s", part)
            .isEqualTo(model.parameters().get(part).flat().toFloatArray());
      }
    }
    assertThatThrownBy(() -> ModelFolder.open(folder).load()).hasMessageContaining(" missing: ");
  }

  @Test
  void the_configuration_says_what_the_reference_reads() throws Exception {
    export(new ModelExport(EnumSet.allOf(Part.class), Dtype.BF16, Long.MAX_VALUE));
    JsonNode config = json("config.json");
    assertThat(config.get("architectures").get(0).asText())
        .isEqualTo("Videollama2Qwen2ForCausalLM");
    assertThat(config.get("model_type").asText()).isEqualTo("videollama2_qwen2");
    assertThat(config.get("torch_dtype").asText()).isEqualTo("bfloat16");
    assertThat(config.get("num_frames").asInt()).isEqualTo(16);
    assertThat(config.get("image_aspect_ratio").asText()).isEqualTo("square");
    assertThat(config.get("tune_mm_mlp_adapter").asBoolean()).isFalse();
    assertThat(config.get("eos_token_id").asInt()).isEqualTo(3);
    assertThat(config.get("pad_token_id").asInt()).isEqualTo(5);
    assertThat(config.has("bos_token_id")).isFalse();
    assertThat(json("generation_config.json").get("eos_token_id").asInt()).isEqualTo(3);
    assertThat(folder.resolve("merges.txt")).hasContent("a b");
  }

  @Test
  void released_configurations_name_their_towers_only() throws Exception {
    String released =
        "{\"model_type\": \"videollama2_qwen2\", \"vocab_size\": 100, \"hidden_size\": 64,"
            + " \"num_hidden_layers\": 1, \"num_attention_heads\": 4, \"intermediate_size\": 8,"
            + " \"mm_projector_type\": \"stc_connector_v35\", \"mm_vision_select_layer\": -2,"
            + " \"mm_vision_tower\": \"/models/siglip-so400m-patch14-384\","
            + " \"mm_audio_tower\": \"/somewhere/audio_tower.bin\"}";
    ModelConfig config = HuggingFaceConfig.read(new ObjectMapper().readTree(released));
    assertThat(config.sight().encoder().grid()).isEqualTo(27);
    assertThat(config.sight().connector().inputWidth()).isEqualTo(1152);
    assertThat(config.hearing().encoder().tokens(2998, 128)).isEqualTo(1496);
    assertThat(HuggingFaceConfig.write(config).get("mm_vision_tower").asText())
        .isEqualTo("google/siglip-so400m-patch14-384");
    String unknown = released.replace("siglip-so400m-patch14-384", "eva-clip");
    JsonNode json = new ObjectMapper().readTree(unknown);
    assertThatThrownBy(() -> HuggingFaceConfig.read(json))
        .hasMessageStartingWith("config.json mm_vision_tower is \"/models/eva-clip\" (expected: ");
  }

  @Test
  void exports_in_files_of_nothing_and_of_other_types_are_refused() {
    assertThatThrownBy(() -> new ModelExport(Set.of(), Dtype.F32, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an export has shards of at least a byte");
    assertThatThrownBy(() -> new ModelExport(EnumSet.allOf(Part.class), Dtype.F16, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights are written as F32 or BF16, not F16");
  }
}
