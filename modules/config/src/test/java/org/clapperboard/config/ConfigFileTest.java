package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  private enum Part {
    VISION_ENCODER,
    VISION_CONNECTOR,
    AUDIO_ENCODER,
    AUDIO_PROJECTOR,
    LANGUAGE_MODEL
  }

  private record Batch(int global, int micro) {
    Batch {
      try (Rules rules = new Rules()) {
        rules.atLeast("micro", micro, 1);
        if (global % (micro * 6) != 0) {
          rules
              .broken(
                  "global",
                  global,
                  "a multiple of batch.micro × world size = %d × 6 = %d"
                      .formatted(micro, micro * 6))
              .dependsOn("micro")
              .advice("Nearest: 96, 120.");
        }
      }
    }

    static Batch read(Section s) {
      return s.build(() -> new Batch(s.integer("global"), s.integer("micro")));
    }
  }

  private record Source(String dataset, double weight) {
    Source {
      try (Rules rules = new Rules()) {
        rules.positive("weight", weight);
      }
    }

    static Source read(Section s) {
      return s.build(() -> new Source(s.string("dataset"), s.number("weight", 1.0)));
    }
  }

  private record Stage(
      String name,
      List<Part> train,
      Batch batch,
      List<Source> mixture,
      double lr,
      Duration timeout,
      String output) {
    Stage {
      train = List.copyOf(train);
      mixture = List.copyOf(mixture);
    }

    static Stage read(Section s) {
      Section optimizer = s.section("optimizer");
      return s.build(
          () ->
              new Stage(
                  s.string("name"),
                  s.eachOneOf("train", Part.class),
                  Batch.read(s.section("batch")),
                  s.section("data").each("mixture", Source::read),
                  optimizer.number("lr"),
                  optimizer.duration("timeout", Duration.ofMinutes(1)),
                  s.location("output")));
    }
  }

  @Test
  void ten_mistakes_give_ten_lines() {
    String yaml =
        """
        # A stage with ten mistakes.
        name: [stage5]
        train:
          - audio-projector
          - audio-encodr
        batch:
          global: 100
          micro: 4
        optimizer:
          timeout: 30
          rate: 1e-4
        data:
          mixture:
            - dataset: valley
              weight: 0
            - wieght: 2
              dataset: panda
            - weight: 1
        output: ${rnus}/stage5
        """;
    assertThatExceptionOfType(BadConfig.class)
        .isThrownBy(
            () ->
                ConfigFile.ofText(Path.of("conf/stage5-audio-finetune.yaml"), yaml, List.of())
                    .read(Stage::read))
        .withMessage(
            """
            conf/stage5-audio-finetune.yaml:2  name is ["stage5"] (expected: text).
            conf/stage5-audio-finetune.yaml:5  train[1] is "audio-encodr" (expected: vision-encoder, vision-connector, audio-encoder, audio-projector or language-model). Did you mean "audio-encoder"?
            conf/stage5-audio-finetune.yaml:7  batch.global is 100 (expected: a multiple of batch.micro × world size = 4 × 6 = 24). Nearest: 96, 120.
            conf/stage5-audio-finetune.yaml:9  optimizer.lr is missing (expected: a number).
            conf/stage5-audio-finetune.yaml:10  optimizer.timeout is 30 (expected: a duration such as 30s or 5 min).
            conf/stage5-audio-finetune.yaml:11  optimizer.rate is not a known key (expected: lr or timeout).
            conf/stage5-audio-finetune.yaml:15  data.mixture[0].weight is 0 (expected: a number above 0).
            conf/stage5-audio-finetune.yaml:16  data.mixture[1].wieght is not a known key. Did you mean "weight"?
            conf/stage5-audio-finetune.yaml:18  data.mixture[2].dataset is missing (expected: text).
            conf/stage5-audio-finetune.yaml:19  output is "${rnus}/stage5" (expected: a key or an environment variable named rnus).
            10 problems; nothing was started.""");
  }

  @Test
  void one_problem_less_and_more_the_count_follows() {
    assertThatExceptionOfType(BadConfig.class)
        .isThrownBy(() -> Conf.read("seed: x\n", root -> root.integer("seed")))
        .withMessage(
            "conf/x.yaml:1  seed is \"x\" (expected: a whole number).\n"
                + "1 problem; nothing was started.");
  }

  @Test
  void mistakes_of_loading_and_of_reading_come_together() {
    assertThat(
            Conf.problems(
                "a: 1\na: 2\nb: two\n",
                List.of("c"),
                root -> root.integer("a") + root.integer("b")))
        .containsExactly(
            "--set c  is no override (expected: key=value, such as optimizer.lr=1e-4).",
            "conf/x.yaml:2  a stands here again (first on line 1). Keep one.",
            "conf/x.yaml:3  b is \"two\" (expected: a whole number).");
  }

  @Test
  void a_problem_found_later_has_the_place_of_its_key() {
    ConfigFile config =
        ConfigFile.ofText(
            Conf.FILE, "data:\n  mixture:\n  - {dataset: a}\n", List.of("data.seed=1"));
    assertThat(config.problem("data.mixture[0].dataset", "a prepared dataset", "Prepare it."))
        .hasToString(
            "conf/x.yaml:3  data.mixture[0].dataset is \"a\" (expected: a prepared dataset)."
                + " Prepare it.");
    assertThat(config.problem("data.root", "a folder", ""))
        .hasToString("conf/x.yaml:1  data.root is missing (expected: a folder).");
    assertThat(config.problem("data.mixture[7].dataset", "a text", ""))
        .hasToString("conf/x.yaml:2  data.mixture[7].dataset is missing (expected: a text).");
    assertThat(config.place("data.mixture[0]")).isEqualTo("conf/x.yaml:3");
    assertThat(config.place("data.seed")).isEqualTo("--set data.seed");
    ConfigFile dotted = ConfigFile.ofText(Conf.FILE, "a:\n  Qwen2.5:\n    n: 1\n", List.of());
    assertThat(dotted.place("a.\"Qwen2.5\".n")).isEqualTo("conf/x.yaml:3");
    assertThat(config.place("nowhere.at.all")).isEqualTo("conf/x.yaml:1");
  }

  @Test
  void a_file_may_be_read_more_than_once() {
    ConfigFile config = ConfigFile.ofText(Conf.FILE, "a: 1\n", List.of());
    assertThat(Conf.problems(() -> config.read(root -> root.string("b")))).hasSize(2);
    int a = config.read(root -> root.integer("a"));
    assertThat(a).isEqualTo(1);
  }

  @Test
  void canonical_json_is_the_same_for_all_files_that_mean_the_same(@TempDir Path folder)
      throws Exception {
    Files.writeString(folder.resolve("common.yaml"), "optimizer: {lr: 0.0001, wd: 9}\n");
    Path file =
        Files.writeString(
            folder.resolve("x.yaml"),
            """
            # a remark
            include: common.yaml
            name: "é \\"quoted\\"\\n"
            optimizer:
              wd: 1.0
            none: ~
            list: [1e3, 1.50, .5, 0x10, -0, 0.00, 1e30, true, null, {b: 1, a: 2}]
            seed: ${n}
            n: 7
            """);
    String json =
        "{\"list\":[1000,1.5,0.5,16,0,0,1E+30,true,null,{\"a\":2,\"b\":1}],\"n\":7,"
            + "\"name\":\"é \\\"quoted\\\"\\n\",\"optimizer\":{\"lr\":0.0001,\"wd\":1},\"seed\":7}";
    ConfigFile one = ConfigFile.load(file, List.of());
    ConfigFile two = ConfigFile.ofText(Path.of("other.yaml"), json, List.of());
    assertThat(one.canonicalJson()).isEqualTo(json);
    assertThat(two.canonicalJson()).isEqualTo(json);
    assertThat(one.configHash())
        .isEqualTo(two.configHash())
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256")
                        .digest(json.getBytes(StandardCharsets.UTF_8))));
    assertThat(ConfigFile.load(file, List.of("n=8")).configHash()).isNotEqualTo(one.configHash());
    assertThat(ConfigFile.load(file, List.of("optimizer.lr=1e-4")).configHash())
        .isEqualTo(one.configHash());
  }

  @Test
  void a_file_with_problems_has_no_canonical_json() {
    ConfigFile config = ConfigFile.ofText(Conf.FILE, "a: ${none}\n", List.of());
    assertThat(Conf.problems(config::configHash)).hasSize(1);
  }
}
