package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.ModelConfig.Hearing;
import org.clapperboard.model.ModelConfig.Sight;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionConfig.SelectFeature;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models written as a Hugging Face folder and read back. No setting here is a default. */
class ModelFolderIT {
  static final ModelFolder.Shown SHOWN =
      new ModelFolder.Shown(5, ModelFolder.Aspect.SQUARE, ModelFolder.SoundShape.REFERENCE, 7);

  @TempDir private Path temporary;
  private Path folder;
  private Path tokenizer;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @BeforeEach
  void makeTokenizer() throws IOException {
    folder = temporary.resolve("model");
    tokenizer = Files.createDirectories(temporary.resolve("tokenizer"));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{\"a\": 1}");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{\"b\": 2}");
  }

  private static DecoderConfig language(DecoderConfig.Family family, boolean tied) {
    return new DecoderConfig(
        family, 40, 16, 2, 4, 2, 4, 24, 1e-5, 5e5, tied, 77, 0, null, null, 0.05);
  }

  static ModelConfig whole() {
    VisionConfig tower =
        new VisionConfig(VisionConfig.Family.CLIP, 28, 7, 12, 3, 3, 20, -3, SelectFeature.PATCH);
    return new ModelConfig(
        new Sight(
            tower, ConnectorConfig.named("stc_connector", 12, 16).with(List.of(2, 2, 1), 1, 1, 3)),
        new Hearing(
            new BeatsConfig(8, 6, 12, 2, 3, 18, 4, 2, 16, 9, 0.7, 0.25),
            new AudioProjector.Config("linear", 12, 16)),
        language(DecoderConfig.Family.MISTRAL, true));
  }

  private VideoLlama2 write(ModelConfig config) throws IOException {
    VideoLlama2 model = VideoLlama2.allocate(config);
    model.parameters().values().forEach(parameters -> parameters.initialise(11));
    ModelExport.whole().write(folder, model, SHOWN, tokenizer, "# A model");
    return model;
  }

  @Test
  void a_model_comes_back_with_the_same_shape_and_the_same_bytes() throws Exception {
    try (VideoLlama2 written = write(whole())) {
      ModelFolder read = ModelFolder.open(folder);
      assertThat(read.model()).isEqualTo(whole());
      assertThat(read.shown()).isEqualTo(SHOWN);
      try (VideoLlama2 loaded = read.load()) {
        assertThat(loaded.parameters().keySet()).isEqualTo(written.parameters().keySet());
        written
            .parameters()
            .forEach(
                (part, parameters) -> {
                  float[] values = loaded.parameters().get(part).flat().toFloatArray();
                  assertThat(values).as("%s", part).isEqualTo(parameters.flat().toFloatArray());
                  assertThat(values)
                      .as("%s is not all zero", part)
                      .isNotEqualTo(new float[values.length]);
                });
      }
    }
  }

  @Test
  void other_families_come_back_too() throws Exception {
    VisionConfig tower =
        new VisionConfig(VisionConfig.Family.SIGLIP, 28, 7, 16, 1, 2, 20, -1, SelectFeature.PATCH);
    ModelConfig seeing =
        new ModelConfig(
            new Sight(tower, ConnectorConfig.named("spatial_conv", 16, 16)),
            null,
            language(DecoderConfig.Family.QWEN2, false));
    write(seeing).close();
    assertThat(ModelFolder.open(folder).model()).isEqualTo(seeing);
    ModelConfig hearing =
        new ModelConfig(null, whole().hearing(), language(DecoderConfig.Family.LLAMA, false));
    write(hearing).close();
    assertThat(ModelFolder.open(folder).model()).isEqualTo(hearing);
  }

  @Test
  void weights_have_the_names_of_the_reference_and_are_written_the_same_each_time()
      throws Exception {
    write(whole()).close();
    Path weights = folder.resolve("model.safetensors");
    byte[] first = Files.readAllBytes(weights);
    assertThat(SafetensorsFile.open(weights).names())
        .contains(
            "model.vision_tower.vision_tower.vision_model.embeddings.class_embedding",
            "model.mm_projector.s1.b1.conv1.conv.weight",
            "model.audio_tower.encoder.layers.0.self_attn.grep_a",
            "model.mm_projector_a.weight",
            "model.embed_tokens.weight",
            "model.layers.1.self_attn.q_proj.weight")
        .doesNotContain("lm_head.weight");
    write(whole()).close();
    assertThat(Files.readAllBytes(weights)).isEqualTo(first);
  }

  @Test
  void the_folder_carries_the_tokenizer_and_the_card() throws Exception {
    write(whole()).close();
    assertThat(folder.resolve("tokenizer.json")).hasContent("{\"a\": 1}");
    assertThat(folder.resolve("tokenizer_config.json")).hasContent("{\"b\": 2}");
    assertThat(folder.resolve("README.md")).hasContent("# A model");
  }

  @Test
  void a_folder_that_is_none_is_refused() throws Exception {
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageStartingWith("Cannot open the model in " + folder + ": ")
        .hasMessageContaining("config.json");
    write(whole()).close();
    Files.delete(folder.resolve("model.safetensors"));
    assertThatThrownBy(() -> ModelFolder.open(folder).load())
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "Cannot read weights from "
                + folder
                + ": it holds no weights (safetensors, pytorch_model.bin, .pt).");
    Files.writeString(folder.resolve("config.json"), "{");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageStartingWith("Cannot open the model in " + folder + ": ");
  }

  @Test
  void a_shape_that_is_not_supported_is_refused_by_its_key() throws Exception {
    write(whole()).close();
    Path file = folder.resolve("config.json");
    String config = Files.readString(file);
    Files.writeString(file, config.replace("videollama2_mistral", "videollama2_gptj"));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "config.json model_type is \"gptj\" (expected: llama or mistral or mixtral or qwen2 or gemma2 or phi3).");
    Files.writeString(file, config.replace("\"stc_connector\"", "\"qformer\""));
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot read config.json: There is no connector named \"qformer\".");
  }

  @Test
  void a_checkpoint_of_another_shape_is_refused() throws Exception {
    write(whole()).close();
    Path file = folder.resolve("config.json");
    String config = Files.readString(file);
    Files.writeString(file, config.replace("\"vocab_size\" : 40", "\"vocab_size\" : 41"));
    assertThatThrownBy(() -> ModelFolder.open(folder).load())
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("model.embed_tokens.weight is (40, 16) (expected: (41, 16))");
  }
}
