package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.SafetensorsWriter;
import org.clapperboard.model.weights.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model of the size of a released one answers from mapped weights. Needs 5 GB of disk. */
@Tag("full")
class LargeBfloatModelIT {
  private static final System.Logger LOG = System.getLogger(LargeBfloatModelIT.class.getName());
  private static final int FRAMES = 8;
  private static final int NEW_TOKENS = 5;
  private static final String CONFIG =
      """
      {"model_type": "videollama2_qwen2", "vocab_size": 151936, "hidden_size": 1536,
       "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2,
       "intermediate_size": 8960, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
       "tie_word_embeddings": true, "max_position_embeddings": 32768,
       "mm_projector_type": "stc_connector_v35", "mm_vision_select_layer": -2,
       "mm_vision_tower": "google/siglip-so400m-patch14-384",
       "num_frames": 8, "torch_dtype": "bfloat16"}
      """;

  @TempDir private Path folder;

  @Test
  void a_model_of_two_billion_parameters_answers_out_of_its_file() throws Exception {
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    Files.writeString(folder.resolve("config.json"), CONFIG);
    ModelFolder opened = ModelFolder.open(folder);
    Path file = folder.resolve("model.safetensors");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      new SafetensorsWriter(Dtype.BF16).add(new Drawn(opened.model())).write(out, Map.of());
    }
    tell("weights", megabytes(Files.size(file)));
    report("before");
    long start = System.nanoTime();
    try (VideoLlama2 model = opened.load()) {
      tell("seconds to load", seconds(start));
      report("loaded");
      start = System.nanoTime();
      Generator generator = new Generator(model, Set.of(), NEW_TOKENS);
      List<Long> at = new ArrayList<>();
      int[] answer =
          generator
              .answer(List.of(question(model)), (tokens, scores) -> at.add(System.nanoTime()))
              .get(0);
      tell("seconds to the first token", seconds(start, at.get(0)));
      tell(
          "seconds for each further token",
          Double.toString((at.get(NEW_TOKENS - 1) - at.get(0)) / 1e9 / (NEW_TOKENS - 1)));
      report("answered");
      assertThat(answer).hasSize(NEW_TOKENS);
      // What is not of a file: activations, the cache, the heap. Copied weights would be here too.
      assertThat(status().get("RssAnon")).isLessThan(Files.size(file) / 2);
    }
  }

  private static Example question(VideoLlama2 model) {
    int size = model.config().sight().encoder().imageSize();
    float[] pixels = new float[FRAMES * 3 * size * size];
    int each = pixels.length / FRAMES;
    for (int frame = 0; frame < FRAMES; frame++) {
      Arrays.fill(pixels, frame * each, (frame + 1) * each, frame * 2f / FRAMES - 1);
    }
    int[] ids = new int[24];
    Arrays.setAll(ids, i -> i == 10 ? Example.VIDEO : 1000 + 37 * i);
    int[] labels = new int[ids.length];
    Arrays.fill(labels, Example.IGNORED);
    Clip clip = new Clip(FloatBuffer.wrap(pixels), FRAMES);
    return new Example(ids, labels, List.of(new Media(clip, null)));
  }

  private static void report(String when) throws IOException {
    status().forEach((kind, bytes) -> tell(when + " " + kind, megabytes(bytes)));
  }

  /** What Linux says of this process's memory, in bytes. */
  private static Map<String, Long> status() throws IOException {
    Map<String, Long> status = new LinkedHashMap<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.matches("(VmRSS|VmHWM|RssAnon|RssFile):.*")) {
        long kibibytes = Long.parseLong(line.replaceAll("[^0-9]", ""));
        status.put(line.substring(0, line.indexOf(':')), 1024 * kibibytes);
      }
    }
    return status;
  }

  private static void tell(String what, String figure) {
    LOG.log(System.Logger.Level.INFO, what + ": " + figure);
  }

  private static String megabytes(long bytes) {
    return bytes / 1_000_000 + " MB";
  }

  private static String seconds(long start) {
    return seconds(start, System.nanoTime());
  }

  private static String seconds(long start, long end) {
    return Double.toString((end - start) / 1e9);
  }

  /** Weights as random as they need to be, drawn out of a table: real draws would take minutes. */
  private static final class Drawn implements TensorSource {
    private final float[] table = new float[1 << 20];
    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();

    Drawn(ModelConfig model) {
      SplittableRandom random = new SplittableRandom(1);
      // Uniform between these, numbers deviate by 1.
      for (int i = 0; i < table.length; i++) {
        table[i] = (float) random.nextDouble(-Math.sqrt(3), Math.sqrt(3));
      }
      model.specs().values().forEach(part -> part.forEach(spec -> specs.put(spec.name(), spec)));
    }

    @Override
    public String origin() {
      return "a table";
    }

    @Override
    public Set<String> names() {
      return specs.keySet();
    }

    @Override
    public Shape shape(String name) {
      return specs.get(name).shape();
    }

    @Override
    public Dtype dtype(String name) {
      return Dtype.F32;
    }

    @Override
    public void read(String name, long first, FloatBuffer target) {
      ParameterSpec.Start start = specs.get(name).start();
      float number = (float) start.number();
      int at = name.hashCode() + Long.hashCode(first) * 31;
      while (target.hasRemaining()) {
        boolean constant = start.rule() == ParameterSpec.Rule.CONSTANT;
        target.put(constant ? number : number * table[at++ & (table.length - 1)]);
      }
    }
  }
}
