package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.clapperboard.model.ModelFolder;
import org.clapperboard.model.prompt.Tokenizer;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RandomCheckpointIT {
  private static final String STAGE = "../../conf/demo/stage6-av-joint.yaml";

  /** 109 million parameters, all of them of a language model. */
  private static final String LANGUAGE =
      """
      {"model_type": "videollama2_qwen2", "vocab_size": 1000, "hidden_size": 2048,
       "num_hidden_layers": 2, "num_attention_heads": 16, "num_key_value_heads": 16,
       "intermediate_size": 5632, "torch_dtype": "bfloat16"}
      """;

  @TempDir private Path temporary;

  private Path write(String name, String... options) {
    Path folder = temporary.resolve(name);
    List<String> arguments = new ArrayList<>(List.of("random-checkpoint", STAGE));
    arguments.addAll(List.of("--to", folder.toString(), "--shard-size", "500KB"));
    arguments.addAll(List.of(options));
    int code = new CommandLine(new BenchCommand()).execute(arguments.toArray(String[]::new));
    assertThat(code).isZero();
    return folder;
  }

  private static Map<String, SafetensorsFile> shards(Path folder) throws IOException {
    Map<String, SafetensorsFile> shards = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .forEach(file -> shards.put(file.getFileName().toString(), SafetensorsFile.open(file)));
    }
    return shards;
  }

  private static Map<String, byte[]> bytes(Path folder) throws IOException {
    Map<String, byte[]> all = new HashMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        all.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return all;
  }

  @Test
  void every_tensor_of_the_model_is_in_one_shard_under_its_name_and_in_its_shape()
      throws Exception {
    Path folder = write("model");
    Map<String, SafetensorsFile> shards = shards(folder);
    assertThat(shards)
        .hasSizeGreaterThan(3)
        .containsKey("model-00001-of-0000" + shards.size() + ".safetensors");
    JsonNode map =
        new ObjectMapper()
            .readTree(folder.resolve("model.safetensors.index.json").toFile())
            .get("weight_map");
    Map<String, List<Long>> found = new TreeMap<>();
    shards.forEach(
        (file, shard) -> {
          for (String name : shard.names()) {
            assertThat(map.get(name).asText()).isEqualTo(file);
            assertThat(shard.dtype(name)).isEqualTo("BF16");
            assertThat(found.put(name, list(shard.shape(name)))).isNull();
          }
        });
    Map<String, List<Long>> wanted = new TreeMap<>();
    ModelFolder.open(folder)
        .model()
        .specs()
        .values()
        .forEach(
            part -> part.forEach(spec -> wanted.put(spec.name(), list(spec.shape().getShape()))));
    assertThat(found).isEqualTo(wanted);
    assertThat(found).containsEntry("model.embed_tokens.weight", List.of(69L, 128L));
  }

  private static List<Long> list(long[] shape) {
    List<Long> list = new ArrayList<>();
    for (long size : shape) {
      list.add(size);
    }
    return list;
  }

  @Test
  void a_seed_always_writes_the_same_files() throws Exception {
    Map<String, byte[]> first = bytes(write("first", "--seed", "7"));
    Map<String, byte[]> second = bytes(write("second", "--seed", "7"));
    Map<String, byte[]> other = bytes(write("other", "--seed", "8"));
    assertThat(second.keySet()).isEqualTo(first.keySet());
    assertThat(other.keySet()).isEqualTo(first.keySet());
    for (String file : first.keySet()) {
      assertThat(Arrays.equals(second.get(file), first.get(file))).as(file).isTrue();
      boolean weights = file.endsWith(".safetensors");
      assertThat(Arrays.equals(other.get(file), first.get(file))).as(file).isEqualTo(!weights);
    }
  }

  @Test
  void it_opens_and_answers_about_a_video() throws Exception {
    Path folder = write("model");
    Path video = Clips.write(temporary.resolve("video.mp4"));
    AskBench ask = new AskBench(folder, video, "what shape is it ?", 4, 8);
    AskFigures figures = ask.run();
    assertThat(figures.answerTokens()).isEqualTo(8);
    assertThat(Stream.of(figures.answer().split(" ")).distinct()).hasSizeGreaterThan(2);
    assertThat(figures.answer()).isEqualTo(ask.run().answer());
    // 2 x 2 x 2 cells of 4 frames of 4 x 4 patches, 5 words, 2 roles, 3 marks of turns.
    assertThat(figures.promptTokens()).isEqualTo(18);
    assertThat(figures.weightBytes()).isEqualTo(weightBytes(folder));
    assertThat(figures.secondsToFirstToken()).isPositive();
    assertThat(figures.secondsPerToken()).isPositive();
    assertThat(figures.memory().resident()).isGreaterThan(figures.memory().anonymous());
    assertThat(figures.memory().anonymous()).isGreaterThan(50_000_000);
    assertThat(figures.memory().ofFiles()).isGreaterThan(50_000_000);
  }

  private static long weightBytes(Path folder) throws IOException {
    long bytes = 0;
    for (Map.Entry<String, byte[]> file : bytes(folder).entrySet()) {
      bytes += file.getKey().endsWith(".safetensors") ? file.getValue().length : 0;
    }
    return bytes;
  }

  @Test
  void a_model_larger_than_the_heap_is_written() throws Exception {
    Path config = temporary.resolve("config.json");
    Files.writeString(config, LANGUAGE);
    Path folder = temporary.resolve("large");
    Path log = temporary.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx40m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                BenchCommand.class.getName(),
                "random-checkpoint",
                config.toString(),
                "--to",
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.size(folder.resolve("model.safetensors"))).isGreaterThan(200_000_000);
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      int[] ids = tokenizer.encode("what do you see word999 ?");
      assertThat(ids).hasSize(6).contains(999).doesNotContain(1000);
      assertThat(tokenizer.decode(new int[] {999, 998})).isEqualTo("word999 word998");
    }
  }
}
