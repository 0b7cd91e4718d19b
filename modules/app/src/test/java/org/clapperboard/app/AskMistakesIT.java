package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checkpoints that cannot be used, through a command: one line and exit code 4. That each way in
 * which they can be damaged has its message is tested where they are read.
 */
class AskMistakesIT {
  private static final String MODEL =
      """
      language-model: {family: qwen2, vocabulary: 40, width: 16, layers: 1, heads: 2, kv-heads: 1,
        mlp-width: 8, rope-theta: 100, embedding-start: 0.5}
      """;

  @TempDir private Path temporary;
  private Path folder;

  @BeforeEach
  void export() throws IOException {
    TorchEngine.start(1);
    folder = temporary.resolve("model");
    Path tokenizer = Files.createDirectories(temporary.resolve("tokenizer"));
    Files.writeString(tokenizer.resolve("tokenizer.json"), "{}");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{}");
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    try (VideoLlama2 model = VideoLlama2.allocate(config)) {
      ModelFolder.Shown shown =
          new ModelFolder.Shown(8, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 30);
      ModelExport.whole().write(folder, model, shown, tokenizer, "# A model");
    }
  }

  private void assertTold(String message) {
    assertThat(Told.by(new AskCommand(), "--model", folder.toString(), "what is it ?"))
        .isEqualTo(new Told(4, message.replace("FOLDER", folder.toString()) + "\n"));
  }

  @Test
  void a_folder_without_a_model_is_named() throws Exception {
    Files.delete(folder.resolve("config.json"));
    assertTold("Cannot open the model in FOLDER: FOLDER/config.json (No such file or directory)");
  }

  @Test
  void weights_that_were_cut_are_named() throws Exception {
    Files.write(folder.resolve("model.safetensors"), new byte[] {1, 2, 3});
    assertTold(
        "Cannot read FOLDER/model.safetensors as safetensors:"
            + " it has 3 bytes, too few for a header.");
  }

  @Test
  void a_pickle_that_asks_for_a_command_is_refused() throws Exception {
    Files.delete(folder.resolve("model.safetensors"));
    byte[] pickle = "\0\2cposix\nsystem\n.".getBytes(StandardCharsets.ISO_8859_1);
    pickle[0] = (byte) 0x80;
    Files.write(folder.resolve("pytorch_model.bin"), pickle);
    assertTold(
        "Cannot read the pickle in FOLDER/pytorch_model.bin: it asks for posix.system,"
            + " and only tensors in dictionaries are read from pickles.");
  }

  @Test
  void a_tokenizer_without_a_template_is_refused() {
    assertTold(
        "Cannot use FOLDER/tokenizer_config.json: it names no eos_token or no chat_template.");
  }
}
