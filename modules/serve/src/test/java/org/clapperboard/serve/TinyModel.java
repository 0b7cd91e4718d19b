package org.clapperboard.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.media.ClipFormat;
import org.clapperboard.media.ClipWriter;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.WavWriter;
import org.clapperboard.media.pixels.RgbImage;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.ModelExport;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;

/**
 * A model of random weights that says random bytes, one a token, and files to show it. What it says
 * depends on all that it is told and shown.
 */
final class TinyModel {
  private static final String MODEL =
      """
      vision-encoder: {family: clip, image-size: 56, patch-size: 14, width: 32, layers: 2, heads: 2, mlp-width: 64}
      vision-connector: {type: stc_connector_v35, depth: 1}
      audio-encoder:
        {patch-width: 32, width: 32, layers: 2, heads: 2, mlp-width: 64, position-kernel: 16,
         position-groups: 4, buckets: 32, max-distance: 64}
      audio-projector: {type: mlp2x_gelu}
      language-model: {family: qwen2, vocabulary: 259, width: 48, layers: 2, heads: 4, kv-heads: 2,
        mlp-width: 96, rope-theta: 100, context: 2048, embedding-start: 0.5}
      """;
  private static final List<String> SPECIAL = List.of("<|im_start|>", "<|im_end|>", "<pad>");
  private static final String TEMPLATE =
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' +"
          + " message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private TinyModel() {}

  /** Writes the model, as an export would be. */
  static Path write(Path folder) throws IOException {
    TorchEngine.start(1);
    Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
    writeTokenizer(tokenizer);
    ModelConfig config =
        ConfigFile.ofText(Path.of("x.yaml"), MODEL, List.of()).read(ModelConfig::read);
    Path model = folder.resolve("tiny");
    try (VideoLlama2 weights = VideoLlama2.allocate(config)) {
      weights.parameters().values().forEach(parameters -> parameters.initialise(3));
      ModelFolder.Shown shown =
          new ModelFolder.Shown(4, ModelFolder.Aspect.PAD, ModelFolder.SoundShape.PAPER, 2);
      ModelExport.whole().write(model, weights, shown, tokenizer, "# A model");
    }
    return model;
  }

  /** Two seconds of a bright bar that falls, over a tone that rises. */
  static byte[] video() {
    List<RgbImage> frames = IntStream.range(0, 20).mapToObj(TinyModel::frame).toList();
    return ClipWriter.write(ClipFormat.mpeg4(10), frames, tone());
  }

  static byte[] picture() {
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      return codec.encode(frame(7));
    }
  }

  static byte[] sound() {
    return WavWriter.write(tone());
  }

  private static RgbImage frame(int number) {
    int width = 96;
    int height = 64;
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) 30;
      rgb[i + 1] = (byte) (40 + 2 * number);
      rgb[i + 2] = (byte) 90;
    }
    Arrays.fill(rgb, 3 * width * 3 * number, 3 * width * (3 * number + 6), (byte) 240);
    return new RgbImage(width, height, rgb);
  }

  private static PcmTrack tone() {
    short[] samples = new short[32_000];
    for (int i = 0; i < samples.length; i++) {
      double seconds = i / 16_000.0;
      samples[i] = (short) (9000 * Math.sin(2 * Math.PI * (300 + 900 * seconds) * seconds));
    }
    return new PcmTrack(samples, 1, 16_000);
  }

  private static void writeTokenizer(Path folder) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode file = json.createObjectNode().put("version", "1.0");
    ArrayNode added = file.putArray("added_tokens");
    for (int i = 0; i < SPECIAL.size(); i++) {
      added
          .addObject()
          .put("id", 256 + i)
          .put("content", SPECIAL.get(i))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    for (String side : List.of("pre_tokenizer", "decoder")) {
      file.putObject(side)
          .put("type", "ByteLevel")
          .put("add_prefix_space", false)
          .put("trim_offsets", false)
          .put("use_regex", false);
    }
    ObjectNode model = file.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
      vocabulary.put(Character.toString(printable ? b : next++), b);
    }
    model.putArray("merges");
    json.writeValue(folder.resolve("tokenizer.json").toFile(), file);
    json.writeValue(
        folder.resolve("tokenizer_config.json").toFile(),
        json.createObjectNode()
            .put("eos_token", SPECIAL.get(1))
            .put("pad_token", SPECIAL.get(2))
            .put("chat_template", TEMPLATE));
  }
}
