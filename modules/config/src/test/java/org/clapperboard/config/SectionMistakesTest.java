package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.clapperboard.config.SectionTest.Part;
import org.junit.jupiter.api.Test;

/** What is told of a file that is wrong. */
class SectionMistakesTest {
  /** The one problem that a read has with {@code v: text}, without its place. */
  private static String problem(String text, Function<Section, ?> reader) {
    List<String> problems = Conf.problems("v: " + text + "\n", reader);
    assertThat(problems).hasSize(1);
    assertThat(problems.get(0)).startsWith("conf/x.yaml:1  ");
    return problems.get(0).substring("conf/x.yaml:1  ".length());
  }

  @Test
  void a_value_of_the_wrong_type_is_shown_with_what_was_expected() {
    assertThat(problem("many", s -> s.integer("v")))
        .isEqualTo("v is \"many\" (expected: a whole number).");
    assertThat(problem("1.5", s -> s.integer("v")))
        .isEqualTo("v is 1.5 (expected: a whole number).");
    assertThat(problem("3000000000", s -> s.integer("v")))
        .isEqualTo("v is 3000000000 (expected: a whole number).");
    assertThat(problem("1e30", s -> s.longInteger("v")))
        .isEqualTo("v is 1e30 (expected: a whole number).");
    assertThat(problem("'NaN'", s -> s.number("v")))
        .isEqualTo("v is \"NaN\" (expected: a number).");
    assertThat(problem("'1e999'", s -> s.number("v")))
        .isEqualTo("v is \"1e999\" (expected: a number).");
    assertThat(problem("yes", s -> s.flag("v")))
        .isEqualTo("v is \"yes\" (expected: true or false).");
    assertThat(problem("30", s -> s.duration("v")))
        .isEqualTo("v is 30 (expected: a duration such as 30s or 5 min).");
    assertThat(problem("soon", s -> s.duration("v")))
        .isEqualTo("v is \"soon\" (expected: a duration such as 30s or 5 min).");
    assertThat(problem("-1", s -> s.bytes("v")))
        .isEqualTo("v is -1 (expected: a size in bytes such as 64 MiB).");
    assertThat(problem("1.5", s -> s.bytes("v")))
        .isEqualTo("v is 1.5 (expected: a size in bytes such as 64 MiB).");
    assertThat(problem("[1, 2]", s -> s.string("v"))).isEqualTo("v is [1,2] (expected: text).");
    assertThat(problem("{a: 1}", s -> s.string("v"))).isEqualTo("v is a section (expected: text).");
    assertThat(problem("s3a://b/c", s -> s.path("v")))
        .isEqualTo("v is \"s3a://b/c\" (expected: a local path).");
    assertThat(problem("''", s -> s.location("v")))
        .isEqualTo("v is \"\" (expected: a path or a URI).");
    assertThat(problem("3", s -> s.section("v"))).isEqualTo("v is 3 (expected: a section).");
    assertThat(problem("3", s -> s.sections("v")))
        .isEqualTo("v is 3 (expected: a list of sections).");
    assertThat(problem("3", s -> s.entries("v"))).isEqualTo("v is 3 (expected: a section).");
    assertThat(problem("3", s -> s.asMap("v"))).isEqualTo("v is 3 (expected: a section).");
    assertThat(problem("a", s -> s.strings("v")))
        .isEqualTo("v is \"a\" (expected: a list, each item text).");
  }

  @Test
  void long_values_are_cut_in_messages() {
    assertThat(problem("x".repeat(500), s -> s.integer("v")))
        .isEqualTo("v is \"" + "x".repeat(80) + "…\" (expected: a whole number).");
  }

  @Test
  void a_wrong_choice_lists_the_choices_and_guesses_what_was_meant() {
    assertThat(problem("audio-encodr", s -> s.oneOf("v", Part.class)))
        .isEqualTo(
            "v is \"audio-encodr\" (expected: vision-encoder, audio-encoder or language-model)."
                + " Did you mean \"audio-encoder\"?");
    assertThat(problem("AUDIO_ENCODER", s -> s.oneOf("v", Part.class)))
        .endsWith("Did you mean \"audio-encoder\"?");
    assertThat(problem("7", s -> s.oneOf("v", Part.class)))
        .isEqualTo("v is 7 (expected: vision-encoder, audio-encoder or language-model).");
    assertThat(problem("vallye", s -> s.oneOf("v", List.of("valley", "panda"))))
        .isEqualTo("v is \"vallye\" (expected: valley or panda). Did you mean \"valley\"?");
    assertThat(problem("[audio-encoder, x]", s -> s.eachOneOf("v", Part.class)))
        .isEqualTo("v[1] is \"x\" (expected: vision-encoder, audio-encoder or language-model).");
  }

  @Test
  void a_missing_key_is_reported_on_the_line_of_its_section() {
    String yaml = "name: x\noptimizer:\n  kind: adamw\n  wd:\n";
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  Section optimizer = root.section("optimizer");
                  optimizer.string("kind");
                  root.section("data").section("mixture").string("deep");
                  return root.string("name")
                      + root.strings("train")
                      + root.sections("list")
                      + root.entries("map")
                      + optimizer.number("lr")
                      + optimizer.number("wd");
                }))
        .containsExactly(
            "conf/x.yaml:1  data is missing (expected: a section).",
            "conf/x.yaml:1  train is missing (expected: a list, each item text).",
            "conf/x.yaml:1  list is missing (expected: a list of sections).",
            "conf/x.yaml:1  map is missing (expected: a section).",
            "conf/x.yaml:2  optimizer.lr is missing (expected: a number).",
            "conf/x.yaml:4  optimizer.wd is missing (expected: a number).");
  }

  @Test
  void a_wrong_value_is_a_problem_even_where_there_is_a_fallback() {
    assertThat(problem("x", s -> s.integer("v", 3)))
        .isEqualTo("v is \"x\" (expected: a whole number).");
    assertThat(problem("x", s -> s.strings("v", List.of())))
        .isEqualTo("v is \"x\" (expected: a list, each item text).");
    assertThat(problem("x", s -> s.optionalSection("v")))
        .isEqualTo("v is \"x\" (expected: a section).");
  }

  @Test
  void an_item_without_a_value_is_no_text() {
    assertThat(problem("[a, ~]", s -> s.strings("v"))).isEqualTo("v[1] is null (expected: text).");
  }

  @Test
  void sections_of_a_list_are_named_by_their_index() {
    String yaml =
        """
        data:
          mixture:
            - dataset: a
              weight: 1
            - weight: 2
            - nonsense
            - dataset: [b]
              wieght: 1
        """;
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  List<Object> read = new ArrayList<>();
                  for (Section entry : root.section("data").sections("mixture")) {
                    read.add(entry.string("dataset") + entry.number("weight", 1.0));
                  }
                  return read;
                }))
        .containsExactly(
            "conf/x.yaml:5  data.mixture[1].dataset is missing (expected: text).",
            "conf/x.yaml:6  data.mixture[2] is \"nonsense\" (expected: a section).",
            "conf/x.yaml:7  data.mixture[3].dataset is [\"b\"] (expected: text).",
            "conf/x.yaml:8  data.mixture[3].wieght is not a known key. Did you mean \"weight\"?");
  }

  @Test
  void unknown_keys_are_found_at_every_depth_on_their_own_line() {
    String yaml =
        """
        name: x
        optimizer:
          lr: 1
          schedule:
            warmup-step: 10
            foo: 1
        never:
          opened: {a: 1}
        batch.global: 4
        """;
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  root.string("name");
                  Section optimizer = root.section("optimizer");
                  optimizer.number("lr");
                  Section schedule = optimizer.section("schedule");
                  schedule.string("kind", "cosine");
                  return schedule.integer("warmup-steps", 0);
                }))
        .containsExactly(
            "conf/x.yaml:5  optimizer.schedule.warmup-step is not a known key."
                + " Did you mean \"warmup-steps\"?",
            "conf/x.yaml:6  optimizer.schedule.foo is not a known key"
                + " (expected: kind or warmup-steps).",
            "conf/x.yaml:7  never is not a known key (expected: name or optimizer).",
            "conf/x.yaml:9  \"batch.global\" is not a known key (expected: name or optimizer).");
  }

  @Test
  void a_key_that_is_there_already_is_not_suggested() {
    assertThat(Conf.problems("lr: 1\nlr2: 1\n", root -> root.number("lr")))
        .containsExactly("conf/x.yaml:2  lr2 is not a known key (expected: lr).");
  }

  @Test
  void a_section_without_known_keys_says_so() {
    assertThat(Conf.problems("a: {b: 1}\n", root -> root.section("a")))
        .containsExactly("conf/x.yaml:1  a.b is not a known key (expected: no keys here).");
  }

  @Test
  void a_reader_may_add_problems_of_its_own() {
    String yaml = "data:\n  mixture:\n    - {weight: 1}\n    - {weight: 2}\n";
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  Section data = root.section("data");
                  data.sections("mixture").forEach(entry -> entry.number("weight"));
                  data.problem("mixture[1].weight", "1 in all", "Take 0.");
                  data.problem("seed", "a seed", "");
                  root.problem("data", "something else", "");
                  return null;
                }))
        .containsExactly(
            "conf/x.yaml:1  data.seed is missing (expected: a seed).",
            "conf/x.yaml:1  data is a section (expected: something else).",
            "conf/x.yaml:4  data.mixture[1].weight is 2 (expected: 1 in all). Take 0.");
  }
}
