package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {

  private static Map<String, Object> map(String yaml) {
    return Conf.read("all:\n" + yaml.indent(2), root -> root.asMap("all"));
  }

  private static List<String> problems(String yaml) {
    return Conf.problems(yaml, root -> root.asMap("all"));
  }

  @Test
  void scalars_have_the_types_of_the_core_schema() {
    assertThat(
            map(
                """
                text: hello
                quoted: "8"
                yes: yes
                date: 2001-01-01
                grouped: 1_000
                whole: 8
                long: 12345678901
                octal-looking: 007
                octal: 0o17
                hex: 0x1f
                plus: +3
                float: 1.5
                small: 1e-3
                smaller: 2e-5
                big: -1.25E+1
                dot: .5
                true: True
                false: false
                none: ~
                empty:
                list: [1, a, [true]]
                map: {a: {b: 1}}
                """))
        .containsOnly(
            entry("text", "hello"),
            entry("quoted", "8"),
            entry("yes", "yes"),
            entry("date", "2001-01-01"),
            entry("grouped", "1_000"),
            entry("whole", 8),
            entry("long", 12345678901L),
            entry("octal-looking", 7),
            entry("octal", 15L),
            entry("hex", 31L),
            entry("plus", 3L),
            entry("float", 1.5),
            entry("small", 0.001),
            entry("smaller", 0.00002),
            entry("big", -12.5),
            entry("dot", 0.5),
            entry("true", true),
            entry("false", false),
            entry("none", null),
            entry("empty", null),
            entry("list", List.of(1, "a", List.of(true))),
            entry("map", Map.of("a", Map.of("b", 1))));
  }

  @ParameterizedTest
  @ValueSource(strings = {".inf", "-.inf", ".nan", "1e999", "!!int seven"})
  void numbers_are_finite(String number) {
    String text = number.replace("!!int ", "");
    assertThat(Conf.problems("a: 1\nb: " + number + "\n", root -> root.number("b")))
        .containsExactly(
            "conf/x.yaml:1  a is not a known key (expected: b).",
            "conf/x.yaml:2  b is \"" + text + "\" (expected: a finite number).");
  }

  @Test
  void tags_other_than_of_the_core_schema_are_refused() {
    assertThat(Conf.problems("a: !secret x\n", root -> root.string("a")))
        .containsExactly("conf/x.yaml:1  a is \"x\" (expected: a value without the tag !secret).");
  }

  @Test
  void a_number_in_a_text_stays_as_it_was_written() {
    String version = Conf.read("v: 1.10\n", root -> root.string("v"));
    String rate = Conf.read("v: 1e-4\n", root -> root.string("v"));
    assertThat(List.of(version, rate)).containsExactly("1.10", "1e-4");
    assertThat(Conf.problems("v: 1e-4\n", root -> root.integer("v")))
        .containsExactly("conf/x.yaml:1  v is 1e-4 (expected: a whole number).");
  }

  @Test
  void aliases_repeat_what_their_anchor_holds() {
    assertThat(map("a: &it {x: [1, 2]}\nb: *it\n"))
        .containsOnly(
            entry("a", Map.of("x", List.of(1, 2))), entry("b", Map.of("x", List.of(1, 2))));
  }

  @Test
  void a_value_behind_an_alias_has_the_line_of_its_anchor() {
    String yaml =
        """
        a: &it
          x: one
        b: *it
        """;
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  root.section("a").string("x");
                  Section section = root.section("b");
                  section.string("y");
                  return section.integer("x");
                }))
        .containsExactly(
            "conf/x.yaml:2  b.x is \"one\" (expected: a whole number).",
            "conf/x.yaml:3  b.y is missing (expected: text).");
  }

  @Test
  void a_billion_laughs_give_a_problem_and_not_memory_death() {
    StringBuilder yaml = new StringBuilder("all:\n  a0: &a0 [lol, lol]\n");
    for (int i = 1; i < 40; i++) {
      yaml.append("  a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    List<String> problems =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> problems(yaml.toString()));
    assertThat(problems)
        .singleElement()
        .asString()
        .matches(
            "conf/x.yaml:\\d+  expands to too many values;"
                + " look at the aliases \\(\\*name\\) and references\\.");
  }

  @Test
  void many_harmless_aliases_are_allowed() {
    String yaml = "it: &it {x: 1}\nall:\n" + "  - *it\n".repeat(500);
    int sum =
        Conf.read(
            yaml,
            root -> {
              root.section("it").integer("x");
              return root.sections("all").stream().mapToInt(item -> item.integer("x")).sum();
            });
    assertThat(sum).isEqualTo(500);
  }

  @Test
  void a_node_that_holds_itself_is_refused() {
    assertThat(problems("all: 1\nloop: &loop\n  again: *loop\n"))
        .containsExactly("conf/x.yaml:2  is not valid YAML: lists and maps lie more than 64 deep.");
  }

  @Test
  void deep_nesting_is_refused_before_it_fills_the_stack() {
    assertThat(problems("all:\n  " + "[".repeat(100_000)))
        .containsExactly("conf/x.yaml:2  is not valid YAML: lists and maps lie more than 64 deep.");
    assertThat(problems("all: {a: " + "[".repeat(60) + "]".repeat(60) + "}")).isEmpty();
  }

  @Test
  void a_key_that_stands_twice_names_both_lines() {
    assertThat(problems("all:\n  lr: 1\n  wd: 2\n  lr: 3\n"))
        .containsExactly("conf/x.yaml:4  all.lr stands here again (first on line 2). Keep one.");
  }

  @Test
  void a_key_that_is_no_text_is_refused() {
    assertThat(problems("all:\n  ? [a, b]\n  : 1\n"))
        .containsExactly("conf/x.yaml:2  a key must be text, not a list or a map.");
  }

  @Test
  void syntax_errors_name_their_line_in_plain_words() {
    assertThat(problems("all:\n  a: 1\n\tb: 2\n"))
        .containsExactly(
            "conf/x.yaml:3  is not valid YAML: a tab stands where only spaces may indent.");
    assertThat(problems("all: {}\nb: [1,\n  2\n\n"))
        .containsExactly(
            "conf/x.yaml:2  is not valid YAML: a quote or bracket is opened and never"
                + " closed.");
    assertThat(problems("all: {}\nb: 'it\n\n"))
        .containsExactly(
            "conf/x.yaml:2  is not valid YAML: a quote or bracket is opened and never"
                + " closed.");
    assertThat(problems("all: {}\nb: x: y\n"))
        .containsExactly(
            "conf/x.yaml:2  is not valid YAML: a colon stands where no key can be; quote the text"
                + " or mend the indentation.");
    assertThat(problems("all:\n    a: 1\n  b: 2\n"))
        .containsExactly(
            "conf/x.yaml:3  is not valid YAML: the indentation does not fit the lines above.");
    assertThat(problems("all: 1\n---\nall: 2\n"))
        .containsExactly(
            "conf/x.yaml:2  is not valid YAML: a second document starts here; a file holds one.");
    assertThat(problems("all: {}\nb: *nowhere\n"))
        .containsExactly("conf/x.yaml:2  is not valid YAML: found undefined alias nowhere.");
    assertThat(problems("all: \u0001"))
        .containsExactly("conf/x.yaml  is not valid YAML: special characters are not allowed.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# only a remark\n", "---\n", "\uFEFF"})
  void an_empty_file_is_a_problem(String yaml, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("x.yaml"), yaml);
    assertThat(Conf.problems(() -> ConfigFile.load(file, List.of())))
        .containsExactly(file + "  is empty (expected: keys and their values).");
  }

  @ParameterizedTest
  @ValueSource(strings = {"- a\n- b\n", "just text\n", "7"})
  void a_file_must_be_a_map(String yaml) {
    assertThat(problems(yaml))
        .containsExactly("conf/x.yaml  is not a map (expected: keys and their values).");
  }

  @Test
  void a_byte_order_mark_and_windows_line_ends_do_no_harm(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("x.yaml"), "\uFEFFa: 1\r\nb:\r\n  c: two\r\n");
    assertThat(
            Conf.problems(
                () ->
                    ConfigFile.read(
                        file,
                        List.of(),
                        root -> root.integer("a") + root.section("b").integer("c"))))
        .containsExactly(file + ":3  b.c is \"two\" (expected: a whole number).");
  }

  @Test
  void every_line_number_is_that_of_the_naive_scan() {
    for (int seed = 0; seed < 200; seed++) {
      String yaml = randomYaml(new Random(seed));
      List<String> expected =
          IntStream.rangeClosed(1, (int) yaml.lines().count())
              .filter(line -> yaml.lines().toList().get(line - 1).contains("key-"))
              .mapToObj(line -> "conf/x.yaml:" + line)
              .toList();
      List<String> places =
          Conf.problems(yaml, YamlTest::openEverything).stream()
              .map(problem -> problem.substring(0, problem.indexOf("  ")))
              .toList();
      assertThat(places).as(yaml).isEqualTo(expected);
    }
  }

  /** Opens all sections and asks for no other key, so that each of those is reported. */
  private static Void openEverything(Section section) {
    for (int i = 0; i < 4; i++) {
      section.optionalSection("section-" + i).ifPresent(YamlTest::openEverything);
      if (section.has("list-" + i)) {
        section.sections("list-" + i).forEach(YamlTest::openEverything);
      }
    }
    return null;
  }

  private static String randomYaml(Random random) {
    return "key-first: 0\n" + randomSection(random, 0).collect(Collectors.joining("\n")) + "\n";
  }

  private static Stream<String> randomSection(Random random, int depth) {
    return IntStream.range(0, 4).boxed().flatMap(i -> randomEntry(random, depth, i));
  }

  private static Stream<String> randomEntry(Random random, int depth, int i) {
    String[][] leaves = {
      {"key-" + i + ": 1e-3 # remark"},
      {"key-" + i + ": \"two", "  lines\""},
      {"", "key-" + i + ": |", "  block", "", "  text"},
      {"# remark", "key-" + i + ":", "  - item", "  - {a: 1,", "     b: 2}"},
      {"key-" + i + ":", "  plain", "  text"}
    };
    int kind = random.nextInt(depth < 3 ? leaves.length + 2 : leaves.length);
    if (kind < leaves.length) {
      return Stream.of(leaves[kind]);
    }
    List<String> inner =
        randomSection(random, depth + 1).map(line -> line.isEmpty() ? "" : "  " + line).toList();
    if (kind == leaves.length) {
      return Stream.concat(Stream.of("section-" + i + ":"), inner.stream());
    }
    return Stream.concat(
        Stream.of("list-" + i + ":", "  - key-head: 1"),
        inner.stream().map(line -> line.isEmpty() ? "" : "  " + line));
  }
}
