package org.clapperboard.config;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolutionTest {

  private static String json(String yaml, String... overrides) {
    return ConfigFile.ofText(Conf.FILE, yaml, List.of(overrides)).canonicalJson();
  }

  private static List<String> problems(String yaml, String... overrides) {
    return Conf.problems(() -> json(yaml, overrides));
  }

  @Test
  void a_whole_reference_keeps_the_type_of_its_target() {
    assertThat(
            json(
                """
                n: ${from.n}
                f: "${from.f}"
                t: ${ from.t }
                l: ${from.l}
                m: ${from.m}
                i: [1, "${from.n}"]
                from: {n: 3, f: true, t: "3", l: [1, 2], m: {a: {b: 1}}}
                """))
        .isEqualTo(
            """
            {"f":true,"from":{"f":true,"l":[1,2],"m":{"a":{"b":1}},"n":3,"t":"3"},\
            "i":[1,3],"l":[1,2],"m":{"a":{"b":1}},"n":3,"t":"3"}""");
  }

  @Test
  void a_reference_within_a_text_is_put_in_as_it_was_written() {
    assertThat(json("lr: 1e-4\ntop: $1\nname: 'lr-${lr}_${top}${top}.${?none}!'\nopen: '${lr'\n"))
        .isEqualTo("{\"lr\":0.0001,\"name\":\"lr-1e-4_$1$1.!\",\"open\":\"${lr\",\"top\":\"$1\"}");
  }

  @Test
  void an_optional_reference_to_nothing_leaves_the_key_out() {
    assertThat(json("a: ${?none}\nb: [1, '${?none}', 2]\nc: {d: '${?none}'}\n"))
        .isEqualTo("{\"b\":[1,2],\"c\":{}}");
  }

  @Test
  void environment_variables_stand_in_for_missing_keys() {
    String path = System.getenv("PATH");
    String whole = Conf.read("a: ${PATH}\n", root -> root.string("a"));
    String part = Conf.read("a: <${?PATH}>\n", root -> root.string("a"));
    assertThat(List.of(whole, part)).containsExactly(path, "<" + path + ">");
    assertThat(json("a: ${PATH}\nPATH: mine\n")).isEqualTo("{\"PATH\":\"mine\",\"a\":\"mine\"}");
  }

  @Test
  void references_see_the_overrides() {
    assertThat(json("a: ${b}\nb: 1\n", "b=2")).isEqualTo("{\"a\":2,\"b\":2}");
    assertThat(json("a: 1\nb: 2\n", "a=${b}")).isEqualTo("{\"a\":2,\"b\":2}");
  }

  @Test
  void a_section_may_be_taken_over_and_changed_in_parts() {
    String yaml = "base: {lr: 1, wd: 2}\noptimizer: ${base}\n";
    assertThat(json(yaml, "optimizer.lr=9"))
        .isEqualTo("{\"base\":{\"lr\":1,\"wd\":2},\"optimizer\":{\"lr\":9,\"wd\":2}}");
  }

  @Test
  void a_key_that_refers_to_itself_means_what_lies_beneath() {
    assertThat(json("name: run\n", "name=${name}-2")).isEqualTo("{\"name\":\"run-2\"}");
    assertThat(json("d: {b: 8}\n", "d=<${d.b}>")).isEqualTo("{\"d\":\"<8>\"}");
    assertThat(problems("x: ${x.y}\n"))
        .containsExactly(
            "conf/x.yaml:1  x is \"${x.y}\" (expected: a key or an environment variable named"
                + " x.y).");
    assertThat(json("a: ${?a}\nb: 1\n")).isEqualTo("{\"b\":1}");
  }

  @Test
  void an_unresolved_reference_is_one_problem_on_its_own_line() {
    String yaml =
        """
        data:
          root: ${data.rot}/x
          again: ${data.root}
          list:
            - ${none}
            - "${data.root}-${nothing}"
        copy: ${data}
        """;
    List<String> expected =
        List.of(
            "conf/x.yaml:2  data.root is \"${data.rot}/x\""
                + " (expected: a key or an environment variable named data.rot)."
                + " Did you mean \"data.root\"?",
            "conf/x.yaml:5  data.list[0] is \"${none}\""
                + " (expected: a key or an environment variable named none).");
    assertThat(problems(yaml)).isEqualTo(expected);
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  Section data = root.section("data");
                  Section copy = root.section("copy");
                  return List.of(
                      data.path("root"),
                      data.string("again"),
                      data.strings("list"),
                      copy.string("root"),
                      copy.string("again", "x"),
                      copy.strings("list"));
                }))
        .as("reading the keys adds nothing")
        .isEqualTo(expected);
  }

  @Test
  void circles_are_problems() {
    assertThat(problems("a: ${b}\nb: x${a}\nc: ${a}\nd: 1\n"))
        .containsExactly(
            "conf/x.yaml:1  a is \"${b}\" (expected: a reference that reaches a value within 128"
                + " steps). Look for a circle.",
            "conf/x.yaml:2  b is \"x${a}\" (expected: a reference that reaches a value within 128"
                + " steps). Look for a circle.");
    assertThat(problems("a:\n  x: ${a}\n  y: ${b}\nb: ${a}\n"))
        .allMatch(problem -> problem.endsWith("within 128 steps). Look for a circle."))
        .extracting(problem -> problem.substring(0, problem.indexOf(" is ")))
        .containsExactly("conf/x.yaml:2  a.x", "conf/x.yaml:3  a.y.y");
    assertThat(problems("c: ${a}\na: {x: '${b}'}\nb: {y: ['${a}']}\n"))
        .isNotEmpty()
        .allMatch(problem -> problem.contains("Look for a circle."));
    assertThat(problems("x: ${y.z}\ny: ${x.z}\n")).hasSize(2).allMatch(p -> p.contains("circle"));
    assertThat(problems("l: ['${l}']\n")).singleElement().asString().contains("circle");
    assertThat(problems("a: {x: '${a.y}', y: 1}\n")).isEmpty();
  }

  @Test
  void a_section_cannot_stand_in_a_text() {
    assertThat(problems("a: {b: 1}\nl: [1]\nc: x${a}\nd: x${l}\n"))
        .containsExactly(
            "conf/x.yaml:3  c is \"x${a}\" (expected: no list or section within a text).",
            "conf/x.yaml:4  d is \"x${l}\" (expected: no list or section within a text).");
  }

  @Test
  void a_reference_that_is_none_is_a_problem() {
    assertThat(problems("a: ${}\nb: x${c..d}\n"))
        .containsExactly(
            "conf/x.yaml:1  a is \"${}\" (expected: references such as ${data.root}).",
            "conf/x.yaml:2  b is \"x${c..d}\" (expected: references such as ${data.root}).");
  }

  @Test
  void references_that_double_at_every_step_give_a_problem_and_not_memory_death() {
    StringBuilder texts = new StringBuilder("a0: lol\n");
    StringBuilder lists = new StringBuilder("a0: lol\n");
    for (int i = 1; i < 60; i++) {
      texts.append("a%d: ${a%d}${a%d}\n".formatted(i, i - 1, i - 1));
      lists.append("a%d: ['${a%d}', '${a%d}']\n".formatted(i, i - 1, i - 1));
    }
    String longText = "a: " + "x".repeat(200_000) + "\nb: " + "${a}".repeat(10_000) + "\n";
    for (CharSequence yaml : List.of(texts, lists, longText)) {
      List<String> problems =
          assertTimeoutPreemptively(Duration.ofSeconds(30), () -> problems(yaml.toString()));
      assertThat(problems).singleElement().asString().contains("expands to too many values");
    }
  }

  @Test
  void a_chain_of_thousands_of_references_does_not_fill_the_stack() {
    StringBuilder chain = new StringBuilder("a0: 1\n");
    StringBuilder nest = new StringBuilder("a0: 1\n");
    for (int i = 1; i < 1000; i++) {
      chain.append("a%d: ${a%d}\n".formatted(i, i - 1));
      nest.append("a%d: {x: '${a%d}'}\n".formatted(i, i - 1));
    }
    assertThat(problems(chain.toString())).isNotEmpty();
    assertThat(problems(nest.toString())).isNotEmpty();
  }

  @Test
  void a_value_stands_where_its_key_is_written_whatever_it_refers_to(@TempDir Path folder)
      throws Exception {
    Path common = Files.writeString(folder.resolve("common.yaml"), "n: many\nm:\n  k: much\n");
    Path file =
        Files.writeString(
            folder.resolve("x.yaml"),
            "include: common.yaml\n\na: ${n}\nb: x${n}\nc: ${m}\nd: ${?none}\n");
    assertThat(
            Conf.problems(
                () ->
                    ConfigFile.read(
                        file,
                        List.of("c.z=1"),
                        root -> {
                          Section c = root.section("c");
                          Section m = root.section("m");
                          return List.of(
                              root.integer("n"),
                              root.integer("a"),
                              root.integer("b"),
                              root.integer("d"),
                              c.integer("k"),
                              c.integer("missing"),
                              c.integer("z"),
                              m.string("k"));
                        })))
        .containsExactly(
            common + ":1  n is \"many\" (expected: a whole number).",
            common + ":3  c.k is \"much\" (expected: a whole number).",
            file + ":1  d is missing (expected: a whole number).",
            file + ":3  a is \"many\" (expected: a whole number).",
            file + ":4  b is \"xmany\" (expected: a whole number).",
            file + ":5  c.missing is missing (expected: a whole number).");
  }

  @Test
  void an_optional_reference_to_nothing_shows_the_place_beneath(@TempDir Path folder)
      throws Exception {
    Path common = Files.writeString(folder.resolve("common.yaml"), "\nn: many\n");
    Path file = Files.writeString(folder.resolve("x.yaml"), "include: common.yaml\nn: ${?none}\n");
    assertThat(Conf.problems(() -> ConfigFile.read(file, List.of(), root -> root.integer("n"))))
        .containsExactly(common + ":2  n is \"many\" (expected: a whole number).");
  }

  /** Typesafe's own resolver is the oracle: what it resolves, we resolve to the same values. */
  @Test
  void results_are_those_of_the_hocon_resolver() {
    int resolved = 0;
    int hidden = 0;
    for (int seed = 0; seed < 1500; seed++) {
      Random random = new Random(seed);
      String lower = randomMap(random, 0);
      String upper = randomMap(random, 0);
      String theirs = hocon(upper, lower);
      List<String> problems = new ArrayList<>();
      String ours = ours(upper, lower, problems);
      String about = "seed " + seed + "\n" + upper + "\n" + lower + "\n" + problems;
      if (!problems.isEmpty()) {
        assertThat(theirs).as(about).isNull();
      } else if (theirs != null) {
        assertThat(ours).as(about).isEqualTo(theirs);
        resolved++;
      } else {
        hidden++;
      }
    }
    assertThat(resolved).isGreaterThan(500);
    // Typesafe also refuses mistakes that lie hidden under another value.
    assertThat(hidden).isLessThan(100);
  }

  private static String ours(String upper, String lower, List<String> problems) {
    String[] json = {null};
    problems.addAll(
        Conf.problems(() -> json[0] = json("y: {a: 7}\nx: " + lower + "\n", "x=" + upper)));
    return json[0];
  }

  /** The same in HOCON, where references stand outside quotes; null when it cannot be resolved. */
  private static String hocon(String upper, String lower) {
    try {
      Config config =
          ConfigFactory.parseString(
              "y = {a: 7}\nx = " + unquote(lower) + "\nx = " + unquote(upper));
      return CanonicalJson.of(config.resolve().root());
    } catch (ConfigException e) {
      return null;
    }
  }

  private static String unquote(String flow) {
    Matcher text = Pattern.compile("'([^']*)'").matcher(flow);
    return text.replaceAll(
        found ->
            Matcher.quoteReplacement(
                    "\""
                        + found.group(1).replaceAll("(\\$\\{[^}]*})", "\"$1\"").replace("\"\"", "")
                        + "\"")
                .replace("\"\"", ""));
  }

  private static String randomMap(Random random, int depth) {
    return random
        .ints(1 + random.nextInt(3), 0, 4)
        .distinct()
        .mapToObj(key -> "abcd".charAt(key) + ": " + randomValue(random, depth))
        .collect(joining(", ", "{", "}"));
  }

  private static String randomValue(Random random, int depth) {
    String path = "x." + "abcd".charAt(random.nextInt(4));
    if (random.nextInt(3) == 0) {
      path += "." + "abcd".charAt(random.nextInt(4));
    }
    return switch (random.nextInt(depth < 2 ? 9 : 6)) {
      case 0, 1 -> Integer.toString(random.nextInt(10));
      case 2 -> "'text'";
      case 3 -> "'${" + path + "}'";
      case 4 -> "'${?y." + "az".charAt(random.nextInt(2)) + "}'";
      case 5 -> "'<${" + path + "}>'";
      case 6 -> "[1, " + randomValue(random, depth + 1) + "]";
      default -> randomMap(random, depth + 1);
    };
  }

  @Test
  void the_oracle_reads_what_we_mean() {
    assertThat(unquote("{a: 'text', b: '${x.a}', c: '<${?x.a}>'}"))
        .isEqualTo("{a: \"text\", b: ${x.a}, c: \"<\"${?x.a}\">\"}");
    assertThat(hocon("{a: '${x.b}'}", "{b: 1}"))
        .isEqualTo("{\"x\":{\"a\":1,\"b\":1},\"y\":{\"a\":7}}");
  }
}
