package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayersTest {
  @TempDir Path folder;

  private Path write(String name, String yaml) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Object> all(Path file, String... overrides) {
    return ConfigFile.read(file, List.of(overrides), root -> root.asMap("all"));
  }

  private static List<String> problems(Path file, String... overrides) {
    return Conf.problems(() -> all(file, overrides));
  }

  @Test
  void included_values_lie_beneath_and_sections_merge_deeply() {
    write("common.yaml", "all: {a: 1, list: [1, 2, 3], deep: {x: 1, y: 1}}\n");
    Path file =
        write("a/stage.yaml", "include: ../common.yaml\nall: {b: 2, list: [9], deep: {y: 2}}\n");
    assertThat(all(file))
        .isEqualTo(Map.of("a", 1, "b", 2, "list", List.of(9), "deep", Map.of("x", 1, "y", 2)));
  }

  @Test
  void of_several_includes_the_last_wins_and_includes_may_include() {
    write("base.yaml", "all: {from: base, base: 1}\n");
    write("one.yaml", "include: [base.yaml]\nall: {from: one, one: 1}\n");
    write("two.yaml", "all: {from: two, base: 2}\n");
    Path file = write("stage.yaml", "include: [one.yaml, two.yaml]\n");
    assertThat(all(file)).isEqualTo(Map.of("from", "two", "base", 2, "one", 1));
    Path turned = write("turned.yaml", "include: [two.yaml, one.yaml]\n");
    assertThat(all(turned)).isEqualTo(Map.of("from", "one", "base", 1, "one", 1));
  }

  @Test
  void a_problem_names_the_included_file_as_seen_from_the_command() {
    write("common.yaml", "\noptimizer:\n  lr: fast\n");
    Path file = write("a/stage.yaml", "include: [../common.yaml]\noptimizer:\n  wd: slow\n");
    Path relative = Path.of("").toAbsolutePath().relativize(file);
    assertThat(
            Conf.problems(
                () ->
                    ConfigFile.read(
                        relative,
                        List.of(),
                        root -> {
                          Section optimizer = root.section("optimizer");
                          optimizer.string("name");
                          return optimizer.number("lr") + optimizer.number("wd");
                        })))
        .containsExactly(
            relative + ":2  optimizer.name is missing (expected: text).",
            relative + ":3  optimizer.wd is \"slow\" (expected: a number).",
            relative.getParent().resolveSibling("common.yaml")
                + ":3  optimizer.lr is \"fast\" (expected: a number).");
  }

  @Test
  void a_circle_of_includes_is_a_problem_on_the_line_that_closes_it() {
    write("b.yaml", "all: {b: 1}\ninclude: c.yaml\n");
    write("c.yaml", "include:\n  - d.yaml\n  - a.yaml\n");
    write("d.yaml", "all: {d: 1}\n");
    Path file = write("a.yaml", "include: b.yaml\n");
    assertThat(problems(file))
        .containsExactly(
            folder.resolve("c.yaml")
                + ":3  include[1] is \"a.yaml\""
                + " (expected: a file that does not lead back here, and fewer than 64 in all).");
  }

  @Test
  void the_same_file_may_be_included_twice() {
    write("base.yaml", "all: {base: 1}\n");
    write("one.yaml", "include: base.yaml\n");
    Path file = write("two.yaml", "include: [one.yaml, base.yaml]\n");
    assertThat(all(file)).isEqualTo(Map.of("base", 1));
  }

  @Test
  void includes_that_double_at_every_level_end_in_a_problem() {
    write("f40.yaml", "all: {}\n");
    for (int i = 0; i < 40; i++) {
      write("f" + i + ".yaml", "include: [f%d.yaml, f%d.yaml]\n".formatted(i + 1, i + 1));
    }
    List<String> problems =
        assertTimeoutPreemptively(
            Duration.ofSeconds(20), () -> problems(folder.resolve("f0.yaml")));
    assertThat(problems).isNotEmpty().allMatch(problem -> problem.contains("fewer than 64 in all"));
  }

  @Test
  void a_missing_include_stands_on_its_line_and_all_of_them_are_reported() {
    Path file = write("stage.yaml", "all: {}\ninclude:\n- nowhere.yaml\n- 7\n- [x]\n- a\\0b\n");
    assertThat(problems(file))
        .containsExactlyInAnyOrder(
            file + ":3  include[0] is \"nowhere.yaml\" (expected: an existing file).",
            file + ":4  include[1] is 7 (expected: an existing file).",
            file + ":5  include[2] is [\"x\"] (expected: the name of a readable file).",
            file + ":6  include[3] is \"a\\\\0b\" (expected: an existing file).");
  }

  @Test
  void a_missing_file_is_a_problem() {
    assertThat(Conf.problems(() -> ConfigFile.load(Path.of("no/such.yaml"), List.of())))
        .containsExactly("no/such.yaml  does not exist.");
    assertThat(Conf.problems(() -> ConfigFile.load(folder, List.of())))
        .singleElement()
        .asString()
        .startsWith(folder + "  cannot be read: ");
  }

  @Test
  void a_file_that_is_too_large_or_no_text_is_refused() throws IOException {
    Path full = write("full.yaml", "all: {}\n#" + "x".repeat((1 << 20) - 10) + "\n");
    assertThat(Files.size(full)).isEqualTo(1 << 20);
    assertThat(all(full)).isEmpty();
    Path large = write("large.yaml", "all: {}\n#" + "x".repeat((1 << 20) - 9) + "\n");
    assertThat(problems(large))
        .containsExactly(large + "  is too large (expected: at most 1 MiB).");
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, "all: {name: Zoë}\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(problems(latin)).containsExactly(latin + "  is not UTF-8 text.");
  }

  @Test
  void mistakes_in_several_files_are_reported_together() {
    write("bad.yaml", "x: [1\n");
    Path file = write("stage.yaml", "include: [bad.yaml, nowhere.yaml]\n");
    assertThat(problems(file))
        .containsExactly(
            folder.resolve("bad.yaml")
                + ":1  is not valid YAML: a quote or bracket is opened and never closed.",
            file + ":1  include[1] is \"nowhere.yaml\" (expected: an existing file).");
  }

  @Test
  void only_the_include_at_the_top_is_one() {
    Path file = write("stage.yaml", "all:\n  include: nowhere.yaml\n");
    assertThat(all(file)).isEqualTo(Map.of("include", "nowhere.yaml"));
  }

  @Test
  void overrides_win_over_everything_and_the_last_over_the_first() {
    write("common.yaml", "all: {a: common, b: common, c: common, keep: 1}\n");
    Path file = write("stage.yaml", "include: common.yaml\nall: {a: file, b: file}\n");
    assertThat(all(file, "all.a=first", "all.a=last", "all.new.deep=1e-4", "all.list=[x, 2]"))
        .isEqualTo(
            Map.of(
                "a",
                "last",
                "b",
                "file",
                "c",
                "common",
                "keep",
                1,
                "new",
                Map.of("deep", 1e-4),
                "list",
                List.of("x", 2)));
  }

  @Test
  void an_override_may_hold_any_yaml_and_unset_a_key() {
    Path file = write("stage.yaml", "all: {a: 1, gone: 1, empty: 1}\n");
    Map<String, Object> a =
        ConfigFile.read(
            file,
            List.of("all.a={x: '=', y: true}", "all.gone=~", "all.empty="),
            root -> {
              Section all = root.section("all");
              assertThat(all.has("gone")).isFalse();
              assertThat(all.integer("empty", 7)).isEqualTo(7);
              return all.asMap("a");
            });
    assertThat(a).isEqualTo(Map.of("x", "=", "y", true));
  }

  @Test
  void an_override_is_named_as_the_place_of_its_value() {
    Path file = write("stage.yaml", "optimizer:\n  lr: 1\n");
    assertThat(
            Conf.problems(
                () ->
                    ConfigFile.read(
                        file,
                        List.of("optimizer.lr=fast", "optimizer.lrss=3", "data.x=1"),
                        root -> {
                          Section optimizer = root.section("optimizer");
                          optimizer.flag("lrs");
                          return optimizer.number("lr") + root.section("data").integer("y");
                        })))
        .containsExactly(
            "--set data.x  data.y is missing (expected: a whole number).",
            "--set data.x  data.x is not a known key (expected: y).",
            "--set optimizer.lr  optimizer.lr is \"fast\" (expected: a number).",
            "--set optimizer.lrss  optimizer.lrss is not a known key. Did you mean \"lrs\"?",
            file + ":1  optimizer.lrs is missing (expected: true or false).");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lr", "", "=1", "a..b=1", "a[0]=1", ".a=1"})
  void a_malformed_override_is_a_problem(String override) {
    Path file = write("stage.yaml", "all: {}\n");
    assertThat(problems(file, override))
        .containsExactly(
            "--set "
                + override
                + "  is no override (expected: key=value, such as optimizer.lr=1e-4).");
  }

  @Test
  void an_override_with_broken_yaml_is_a_problem() {
    Path file = write("stage.yaml", "all: {}\n");
    assertThat(problems(file, "all.x=[1, 2"))
        .containsExactly(
            "--set all.x  is not valid YAML: a quote or bracket is opened and never closed.");
  }

  @Test
  void a_mistake_within_an_override_names_the_key() {
    Path file = write("stage.yaml", "all: {}\n");
    assertThat(problems(file, "all.lr=.inf", "all.m={x: 1, x: 2}"))
        .containsExactly(
            "--set all.lr  all.lr is \".inf\" (expected: a finite number).",
            "--set all.m  all.m.x stands here again (first on line 1). Keep one.");
  }
}
