package org.clapperboard.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.eval.benchmark.Benchmark;
import org.clapperboard.eval.benchmark.Extraction.Rule;
import org.clapperboard.eval.judge.JudgeConfig;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;
import org.clapperboard.media.FrameEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkConfigTest {
  @TempDir private Path folder;

  private BenchmarkConfig read(String text) throws IOException {
    Path file = folder.resolve("exam.yaml");
    Files.writeString(file, text);
    return ConfigFile.read(file, List.of(), root -> BenchmarkConfig.read(root, "replies"));
  }

  private static Path recipe(String name) {
    return Path.of("../../datasets/eval").resolve(name + ".yaml").toAbsolutePath().normalize();
  }

  @Test
  void what_is_not_said_is_usual() throws IOException {
    BenchmarkConfig config =
        read("evaluate: {root: /data, benchmarks: [{recipe: %s}]}".formatted(recipe("mvbench")));
    assertThat(config.benchmarks()).extracting(Benchmark::name).containsExactly("mvbench");
    assertThat(config.benchmarks().get(0).recipe().root()).isEqualTo("/data");
    assertThat(config.encoding()).isEqualTo(new FrameEncoding.Png());
    assertThat(config.reading()).isEqualTo(Rule.CAREFUL);
    assertThat(config.judge()).isEqualTo(new JudgeConfig.Offline(Likeness.NORMALISED, 0.5));
    assertThat(config.batch()).isEqualTo(8);
  }

  @Test
  void every_key_is_read() throws IOException {
    BenchmarkConfig config =
        read(
            """
            evaluate:
              root: /data
              prepared: /media
              frames-as: jpeg
              reading: reference
              compare-with: videollama2-7b
              batch: 3
              max-new-tokens: 9
              judge: {kind: offline, likeness: bleu}
              benchmarks:
                - {recipe: %s, folder: ego, take: 5, name: few}
                - {recipe: %s, root: /elsewhere}
            """
                .formatted(recipe("egoschema"), recipe("msvc")));
    assertThat(config.benchmarks()).extracting(Benchmark::name).containsExactly("few", "msvc");
    assertThat(config.benchmarks().get(0).recipe().root()).isEqualTo("/data/ego");
    assertThat(config.benchmarks().get(0).recipe().take()).isEqualTo(5);
    assertThat(config.benchmarks().get(1).recipe().root()).isEqualTo("/elsewhere");
    assertThat(config.prepared()).isEqualTo("/media");
    assertThat(config.encoding()).isEqualTo(new FrameEncoding.Jpeg(95));
    assertThat(config.reading()).isEqualTo(Rule.REFERENCE);
    assertThat(config.compareWith()).isEqualTo("videollama2-7b");
    assertThat(config.batch()).isEqualTo(3);
    assertThat(config.mostNewTokens()).isEqualTo(9);
    assertThat(config.with(List.of("msvc")).benchmarks())
        .extracting(Benchmark::name)
        .containsExactly("msvc");
  }

  @Test
  void a_measure_that_no_judge_knows_is_told_with_its_line() throws IOException {
    Path recipe = folder.resolve("own.yaml");
    Files.writeString(
        recipe,
        Files.readString(recipe("msvc"))
            .replace("judge: [correctness-of-several", "judge: [truth"));
    assertThatThrownBy(
            () -> read("evaluate: {root: /data, benchmarks: [{recipe: %s}]}".formatted(recipe)))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("own.yaml:")
        .hasMessageContaining("exam.judge is ")
        .hasMessageContaining("(expected: some of qa, correctness, detail, ");
  }
}
