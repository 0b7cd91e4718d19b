package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is read of a file that is right. */
class SectionTest {
  enum Part {
    VISION_ENCODER,
    AUDIO_ENCODER,
    LANGUAGE_MODEL
  }

  /** What one read gives for {@code v: text}. */
  private static Object read(String text, Function<Section, ?> reader) {
    return Conf.<Object>read("v: " + text + "\n", reader::apply);
  }

  @Test
  void scalars_are_read_as_what_they_are() {
    assertThat(read("hello", s -> s.string("v"))).isEqualTo("hello");
    assertThat(read("true", s -> s.string("v"))).isEqualTo("true");
    assertThat(read("8", s -> s.integer("v"))).isEqualTo(8);
    assertThat(read("1e3", s -> s.integer("v"))).isEqualTo(1000);
    assertThat(read("-2147483648", s -> s.integer("v"))).isEqualTo(Integer.MIN_VALUE);
    assertThat(read("9223372036854775807", s -> s.longInteger("v"))).isEqualTo(Long.MAX_VALUE);
    assertThat(read("2e-5", s -> s.number("v"))).isEqualTo(2e-5);
    assertThat(read("3", s -> s.number("v"))).isEqualTo(3.0);
    assertThat(read("false", s -> s.flag("v"))).isEqualTo(false);
    assertThat(read("audio-encoder", s -> s.oneOf("v", Part.class))).isEqualTo(Part.AUDIO_ENCODER);
    assertThat(read("b", s -> s.oneOf("v", List.of("a", "b")))).isEqualTo("b");
  }

  @Test
  void texts_that_hold_a_number_or_flag_serve_as_one_as_environment_variables_do() {
    assertThat(read("'8'", s -> s.integer("v"))).isEqualTo(8);
    assertThat(read("'1e-3'", s -> s.number("v"))).isEqualTo(0.001);
    assertThat(read("'true'", s -> s.flag("v"))).isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource({
    "30s, 30000",
    "5 min, 300000",
    "5min, 300000",
    "250 ms, 250",
    "1.5h, 5400000",
    "2 days, 172800000",
    "1 minute, 60000"
  })
  void durations_need_a_unit(String text, long millis) {
    assertThat(read(text, s -> s.duration("v"))).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({"64 MiB, 67108864", "64M, 67108864", "10 GB, 10000000000", "512, 512", "0, 0"})
  void sizes_are_in_bytes(String text, long bytes) {
    assertThat(read(text, s -> s.bytes("v"))).isEqualTo(bytes);
  }

  @Test
  void fallbacks_stand_in_for_keys_that_are_not_there() {
    assertThat(
            Conf.<List<Object>>read(
                "none: ~\n",
                s ->
                    List.of(
                        s.string("none", "a"),
                        s.integer("b", 1),
                        s.longInteger("c", 2L),
                        s.number("d", 3.5),
                        s.flag("e", true),
                        s.duration("f", Duration.ZERO),
                        s.bytes("g", 4L),
                        s.path("h", Path.of("p")),
                        s.location("i", "l"),
                        s.oneOf("j", Part.class, Part.LANGUAGE_MODEL),
                        s.oneOf("q", List.of("a", "b"), "b"),
                        s.strings("k", List.of("x")),
                        s.integers("l", List.of(1)),
                        s.numbers("m", List.of(1.5)),
                        s.locations("n", List.of("y")),
                        s.eachOneOf("o", Part.class, List.of()),
                        s.asMap("p"))))
        .containsExactly(
            "a",
            1,
            2L,
            3.5,
            true,
            Duration.ZERO,
            4L,
            Path.of("p"),
            "l",
            Part.LANGUAGE_MODEL,
            "b",
            List.of("x"),
            List.of(1),
            List.of(1.5),
            List.of("y"),
            List.of(),
            Map.of());
  }

  @Test
  void optional_reads_are_empty_for_keys_that_are_not_there() {
    String yaml = "a: x\nb: 1\nc: 2\nd: 3\ne: true\nf: 1s\ng: 4\nh: /p\ni: s3a://l\n";
    Function<Section, List<Object>> reader =
        s ->
            List.of(
                s.optionalString("a"),
                s.optionalInteger("b"),
                s.optionalLongInteger("c"),
                s.optionalNumber("d"),
                s.optionalFlag("e"),
                s.optionalDuration("f"),
                s.optionalBytes("g"),
                s.optionalPath("h"),
                s.optionalLocation("i"),
                s.optionalOneOf("j", Part.class),
                s.optionalOneOf("l", List.of("a")),
                s.optionalSection("k").map(Section::name));
    List<Object> there = Conf.read(yaml + "j: language-model\nk: {}\nl: a\n", reader);
    assertThat(there)
        .containsExactly(
            Optional.of("x"),
            OptionalInt.of(1),
            OptionalLong.of(2),
            OptionalDouble.of(3),
            Optional.of(true),
            Optional.of(Duration.ofSeconds(1)),
            OptionalLong.of(4),
            Optional.of(Path.of("/p")),
            Optional.of("s3a://l"),
            Optional.of(Part.LANGUAGE_MODEL),
            Optional.of("a"),
            Optional.of("k"));
    List<Object> gone = Conf.read("{}\n", reader);
    assertThat(gone)
        .containsExactly(
            Optional.empty(),
            OptionalInt.empty(),
            OptionalLong.empty(),
            OptionalDouble.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
  }

  @Test
  void lists_are_read_item_by_item() {
    assertThat(read("[a, 1, true]", s -> s.strings("v"))).isEqualTo(List.of("a", "1", "true"));
    assertThat(read("[1, 2]", s -> s.integers("v"))).isEqualTo(List.of(1, 2));
    assertThat(read("[0.9, 1]", s -> s.numbers("v"))).isEqualTo(List.of(0.9, 1.0));
    assertThat(read("[]", s -> s.numbers("v"))).isEqualTo(List.of());
    assertThat(read("[/a, hdfs://b]", s -> s.locations("v"))).isEqualTo(List.of("/a", "hdfs://b"));
    assertThat(Conf.problems("v:\n- 1\n- two\n-\n- [3]\n", root -> root.integers("v")))
        .containsExactly(
            "conf/x.yaml:3  v[1] is \"two\" (expected: a whole number).",
            "conf/x.yaml:4  v[2] is null (expected: a whole number).",
            "conf/x.yaml:5  v[3] is [3] (expected: a whole number).");
  }

  @Test
  void entries_come_in_the_order_of_their_lines() {
    String yaml = "models:\n  zebra: {n: 1}\n  Qwen2.5: {n: 2}\n  ant: {n: 3}\n";
    Map<String, Section> entries =
        Conf.read(
            yaml,
            root -> {
              Map<String, Section> models = root.entries("models");
              models.values().forEach(model -> model.integer("n"));
              return models;
            });
    assertThat(entries.keySet()).containsExactly("zebra", "Qwen2.5", "ant");
    assertThat(entries.get("Qwen2.5").name()).isEqualTo("models.\"Qwen2.5\"");
    assertThat(entries.get("ant").place()).isEqualTo("conf/x.yaml:4");
    assertThat(Conf.problems(yaml + "  bee: 4\n", root -> root.entries("models").size()))
        .contains("conf/x.yaml:5  models.bee is 4 (expected: a section).");
  }

  @Test
  void free_settings_are_handed_on_and_their_keys_are_known() {
    assertThat(read("{spark.executor.cores: 4, deep: {a: [1]}}", s -> s.asMap("v")))
        .isEqualTo(Map.of("spark.executor.cores", 4, "deep", Map.of("a", List.of(1))));
  }

  @Test
  void a_section_opened_twice_remembers_the_keys_of_both_times() {
    int sum =
        Conf.read(
            "a: {b: 1, c: 2}\n",
            root -> root.section("a").integer("b") + root.section("a").integer("c"));
    assertThat(sum).isEqualTo(3);
  }

  @Test
  void relative_paths_start_at_the_file_in_which_the_key_stands(@TempDir Path folder)
      throws Exception {
    Files.createDirectories(folder.resolve("stages"));
    Files.writeString(folder.resolve("common.yaml"), "common: data/x\nroot: ./r\n");
    Path file =
        Files.writeString(
            folder.resolve("stages/a.yaml"),
            """
            include: ../common.yaml
            own: ../data/y
            abs: /z
            uri: s3a://bucket/x
            hdfs: hdfs:///x
            file: file:///x
            text: ${root}/t
            """);
    assertThat(
            ConfigFile.<List<Object>>read(
                file,
                List.of("set=data/s"),
                root ->
                    List.of(
                        root.path("common"),
                        root.path("root"),
                        root.path("own"),
                        root.location("abs"),
                        root.location("uri"),
                        root.location("hdfs"),
                        root.path("file"),
                        root.location("text"),
                        root.path("set"))))
        .containsExactly(
            folder.resolve("data/x"),
            folder.resolve("r"),
            folder.resolve("data/y"),
            "/z",
            "s3a://bucket/x",
            "hdfs:///x",
            Path.of("/x"),
            folder.resolve("stages/r/t").toString(),
            Path.of("data/s").toAbsolutePath());
  }

  @Test
  void a_failure_of_the_reader_itself_is_thrown_when_nothing_is_wrong_with_the_file() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                Conf.read(
                    "a: 1\n",
                    root -> {
                      throw new IllegalStateException("a bug");
                    }))
        .withMessage("a bug");
  }
}
