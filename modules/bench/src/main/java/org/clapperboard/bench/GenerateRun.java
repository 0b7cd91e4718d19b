package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.clapperboard.app.Console;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.model.Example;
import org.clapperboard.model.Generator;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;

/**
 * Our generation as a process of its own, with one thread: {@code SIZES DTYPE ROWS PROMPT TOKENS}
 * are its arguments, and its standard input asks as {@code generate.py} is asked.
 */
final class GenerateRun {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Generator generator;
  private final List<Example> prompts;

  private GenerateRun(VideoLlama2 model, List<Example> prompts, int tokens) {
    this.generator = new Generator(model, Set.of(), tokens);
    this.prompts = prompts;
  }

  /** Generates until its standard input ends. */
  public static void main(String[] arguments) throws IOException {
    Console console = new Console();
    TorchEngine.start(1);
    GenerateSizes sizes = GenerateSizes.valueOf(arguments[0]);
    Dtype dtype = Dtype.valueOf(arguments[1]);
    int rows = Integer.parseInt(arguments[2]);
    int length = Integer.parseInt(arguments[3]);
    int tokens = Integer.parseInt(arguments[4]);
    ModelConfig config = new ModelConfig(null, null, sizes.config(length + tokens));
    try (VideoLlama2 model = VideoLlama2.allocate(config, dtype)) {
      Parameters parameters = model.parameters().get(Part.LANGUAGE_MODEL);
      parameters.load(new HashedWeights(parameters.specs()));
      GenerateRun run = new GenerateRun(model, prompts(sizes, rows, length), tokens);
      console.line("{}");
      BufferedReader requests =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] asked = line.split(" ", 2);
        ObjectNode answer =
            asked[0].equals("scores")
                ? run.scores(Path.of(asked[1]))
                : run.timed(Integer.parseInt(asked[0]));
        console.line("%s", JSON.writeValueAsString(answer));
      }
    }
  }

  private static List<Example> prompts(GenerateSizes sizes, int rows, int length) {
    int start = HashedWeights.start("prompt");
    List<Example> prompts = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int[] ids = new int[length];
      int[] labels = new int[length];
      Arrays.fill(labels, Example.IGNORED);
      for (int i = 0; i < length; i++) {
        double share = HashedWeights.noise(start, row * length + i) * 0.5 + 0.5;
        ids[i] = (int) (share * sizes.vocabulary());
      }
      prompts.add(new Example(ids, labels, List.of()));
    }
    return prompts;
  }

  private ObjectNode scores(Path file) throws IOException {
    try (OutputStream stream = Files.newOutputStream(file);
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(stream, 1 << 16))) {
      return answer(
          List.of(
              generate(
                  values -> {
                    for (float value : values) {
                      out.writeInt(Integer.reverseBytes(Float.floatToRawIntBits(value)));
                    }
                  })));
    }
  }

  private ObjectNode timed(int times) throws IOException {
    List<Generation> all = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      all.add(generate(null));
    }
    return answer(all);
  }

  /** Takes the scores (rows, vocabulary) of one step. */
  private interface Scores {
    void take(float[] values) throws IOException;
  }

  /**
   * One generation.
   *
   * @param ids of each row
   * @param prefill what it took to the first token
   * @param decode what the others took
   */
  private record Generation(List<int[]> ids, Lap prefill, Lap decode) {}

  private Generation generate(Scores scores) throws IOException {
    List<int[]> ids = new ArrayList<>();
    Lap[] first = new Lap[1];
    long start = System.nanoTime();
    double used = ProcessorClock.seconds();
    Lap all =
        Lap.of(
            () ->
                ids.addAll(
                    generator.answer(
                        prompts,
                        (tokens, step) -> {
                          if (first[0] == null) {
                            first[0] =
                                new Lap(
                                    (System.nanoTime() - start) / 1e9,
                                    ProcessorClock.seconds() - used);
                          }
                          if (scores != null) {
                            try {
                              scores.take(step.toFloatArray());
                            } catch (IOException e) {
                              throw new UncheckedIOException(e);
                            }
                          }
                        })));
    Lap rest =
        new Lap(
            all.seconds() - first[0].seconds(),
            all.processorSeconds() - first[0].processorSeconds());
    return new Generation(ids, first[0], rest);
  }

  private static ObjectNode answer(List<Generation> all) {
    ObjectNode answer = JSON.createObjectNode();
    answer.set("ids", JSON.valueToTree(all.get(all.size() - 1).ids()));
    answer.set("prefill", mean(all.stream().map(Generation::prefill).toList()));
    answer.set("decode", mean(all.stream().map(Generation::decode).toList()));
    return answer;
  }

  private static ObjectNode mean(List<Lap> laps) {
    return JSON.createObjectNode()
        .put("seconds", laps.stream().mapToDouble(Lap::seconds).average().orElseThrow())
        .put(
            "cpu_seconds",
            laps.stream().mapToDouble(Lap::processorSeconds).average().orElseThrow());
  }
}
