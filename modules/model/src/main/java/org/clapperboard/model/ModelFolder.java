package org.clapperboard.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.TensorSource;

/**
 * A model in the Hugging Face layout: {@code config.json}, tokenizer files, weights in safetensors
 * under the reference's names.
 *
 * @param path the folder
 * @param model shape of the model
 * @param shown how media are shown to it
 * @param dtype in which it runs, F32 or BF16
 */
public record ModelFolder(Path path, ModelConfig model, Shown shown, Dtype dtype) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How media are shown to a model.
   *
   * @param frames frames of a clip
   * @param aspect what becomes of pictures that are not square
   * @param sound by whose rules sounds are brought to one length
   * @param soundSeconds that length
   */
  public record Shown(int frames, Aspect aspect, SoundShape sound, int soundSeconds) {}

  /**
   * What becomes of pictures that are not square, by the reference's {@code image_aspect_ratio}.
   */
  public enum Aspect {
    /** They are padded. */
    PAD,
    /** The vision encoder's own processor decides. */
    SQUARE
  }

  /** By whose rules sounds are brought to one length: the paper's and the reference's differ. */
  public enum SoundShape {
    /** Cut to the clip, then cut or padded with zeros. */
    PAPER,
    /** Eight windows of a video, or 30 seconds of a file of sound. */
    REFERENCE
  }

  /**
   * Reads what the folder says of its model; weights are not touched.
   *
   * @throws BadCheckpoint if it is no such folder
   */
  public static ModelFolder open(Path path) {
    Path file = path.resolve("config.json");
    try {
      JsonNode config = JSON.readTree(file.toFile());
      return new ModelFolder(
          path,
          HuggingFaceConfig.read(config),
          new Shown(
              config.path("num_frames").asInt(8),
              aspect(config.path("image_aspect_ratio").asText("pad")),
              sound(config.path("audio_shape").asText("paper")),
              config.path("audio_seconds").asInt(30)),
          dtype(config.path("torch_dtype").asText("float32")));
    } catch (JsonProcessingException e) {
      throw new BadCheckpoint(
          "Cannot open the model in " + path + ": config.json: " + HuggingFaceConfig.oneLine(e), e);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot open the model in " + path + ": " + e.getMessage(), e);
    }
  }

  /** Other types than bfloat16 have less range than the encoders need, or more than float32. */
  private static Dtype dtype(String name) {
    return name.equals("bfloat16") ? Dtype.BF16 : Dtype.F32;
  }

  /** Whatever is not padded is left to the encoder's processor, as the reference does. */
  private static Aspect aspect(String name) {
    return name.equals("pad") ? Aspect.PAD : Aspect.SQUARE;
  }

  private static SoundShape sound(String name) {
    return name.equals("reference") ? SoundShape.REFERENCE : SoundShape.PAPER;
  }

  /** All weights, under the reference's names. */
  public TensorSource weights() {
    return WeightPlace.open(path).whole();
  }

  /**
   * The whole model, in memory. In bfloat16 its weights are mapped where they lie so in
   * safetensors.
   *
   * @throws BadCheckpoint if the folder does not hold exactly the weights of its model
   */
  public VideoLlama2 load() {
    WeightPlace weights = WeightPlace.open(path);
    if (dtype == Dtype.BF16) {
      return VideoLlama2.of(model, weights.map(model.specs()));
    }
    // Before there is memory for it: its sizes are what somebody else has written into a file.
    weights.requireExact(model.specs());
    VideoLlama2 loaded = VideoLlama2.allocate(model);
    weights.load(loaded.parameters());
    return loaded;
  }
}
