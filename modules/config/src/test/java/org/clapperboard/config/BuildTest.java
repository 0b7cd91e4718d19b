package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How records, their rules and what surrounds them turn into problems. */
class BuildTest {

  private record Batch(int global, int micro) {
    Batch {
      try (Rules rules = new Rules()) {
        rules.atLeast("micro", micro, 1);
        rules.atLeast("global", global, 1);
        if (global % micro != 0) {
          rules
              .broken("global", global, "a multiple of micro = " + micro)
              .dependsOn("micro")
              .advice("Nearest: " + global / micro * micro + ".");
        }
      }
    }

    static Batch read(Section section) {
      return section.build(() -> new Batch(section.integer("global"), section.integer("micro", 4)));
    }
  }

  private record Optimizer(double lr, double weightDecay, List<Double> betas) {
    Optimizer {
      try (Rules rules = new Rules()) {
        rules.positive("lr", lr);
        rules.between("weightDecay", weightDecay, 0, 1);
        rules.notEmpty("betas", betas);
      }
      betas = List.copyOf(betas);
    }

    static Optimizer read(Section section) {
      return section.build(
          () ->
              new Optimizer(
                  section.number("lr"),
                  section.number("weight-decay", 0.1),
                  section.numbers("betas", List.of(0.9, 0.999))));
    }
  }

  private record Stage(String name, Batch batch, Optimizer optimizer, int steps) {
    Stage {
      Objects.requireNonNull(batch);
      Objects.requireNonNull(optimizer);
      try (Rules rules = new Rules()) {
        rules.notBlank("name", name);
        if (batch.global() > 100) {
          rules.broken("batch.global", batch.global(), "at most 100");
        }
        if (steps < batch.global()) {
          rules.broken("steps", steps, "batch.global or more").dependsOn("batch.global");
        }
      }
    }

    static Stage read(Section root) {
      return root.build(
          () ->
              new Stage(
                  root.string("name"),
                  Batch.read(root.section("batch")),
                  Optimizer.read(root.section("optimizer")),
                  root.integer("steps", 1000)));
    }
  }

  @Test
  void a_right_file_becomes_its_records() {
    Stage stage =
        Conf.read("name: s\nbatch: {global: 8, micro: 2}\noptimizer: {lr: 1e-3}\n", Stage::read);
    assertThat(stage)
        .isEqualTo(
            new Stage("s", new Batch(8, 2), new Optimizer(1e-3, 0.1, List.of(0.9, 0.999)), 1000));
  }

  @Test
  void broken_rules_stand_on_the_lines_of_their_keys_in_kebab_case() {
    String yaml =
        """
        optimizer:
          lr: 0
          weight-decay: 1.5
          betas: []
        """;
    assertThat(Conf.problems(yaml, root -> Optimizer.read(root.section("optimizer"))))
        .containsExactly(
            "conf/x.yaml:2  optimizer.lr is 0 (expected: a number above 0).",
            "conf/x.yaml:3  optimizer.weight-decay is 1.5 (expected: between 0 and 1).",
            "conf/x.yaml:4  optimizer.betas is [] (expected: at least one value).");
  }

  @Test
  void advice_follows_and_a_default_is_blamed_on_the_section() {
    assertThat(Conf.problems("\nbatch:\n  global: 6\n", root -> Batch.read(root.section("batch"))))
        .containsExactly(
            "conf/x.yaml:3  batch.global is 6 (expected: a multiple of micro = 4). Nearest: 4.");
    assertThat(
            Conf.problems(
                "a:\n  b: 1\n",
                root -> {
                  Section a = root.section("a");
                  return a.build(() -> new Batch(a.integer("b"), a.integer("micro", 0)));
                }))
        .containsExactly("conf/x.yaml:1  a.micro is 0 (expected: at least 1).");
  }

  @Test
  void a_rule_broken_before_a_check_fails_itself_is_reported() {
    assertThat(
            Conf.problems(
                "batch: {global: 6, micro: 0, x: 1}\n", r -> Batch.read(r.section("batch"))))
        .containsExactly(
            "conf/x.yaml:1  batch.micro is 0 (expected: at least 1).",
            "conf/x.yaml:1  batch.x is not a known key (expected: global or micro).");
  }

  @Test
  void a_key_with_a_problem_gets_no_second_one_and_excuses_what_depends_on_it() {
    assertThat(
            Conf.problems(
                "batch:\n  global: many\n  micro: -3\n", root -> Batch.read(root.section("batch"))))
        .containsExactly(
            "conf/x.yaml:2  batch.global is \"many\" (expected: a whole number).",
            "conf/x.yaml:3  batch.micro is -3 (expected: at least 1).");
    assertThat(
            Conf.problems(
                "batch:\n  global: 7\n  micro: two\n", root -> Batch.read(root.section("batch"))))
        .containsExactly("conf/x.yaml:3  batch.micro is \"two\" (expected: a whole number).");
    assertThat(Conf.problems("lr: 0\nweight-decay: ${none}\n", Optimizer::read))
        .containsExactly(
            "conf/x.yaml:1  lr is 0 (expected: a number above 0).",
            "conf/x.yaml:2  weight-decay is \"${none}\""
                + " (expected: a key or an environment variable named none).");
  }

  @Test
  void each_section_becomes_a_record_and_broken_ones_are_left_out() {
    String yaml = "list:\n- {global: 4}\n- {global: 5}\nmap:\n  b: {global: 8}\n  a: {global: 4}\n";
    List<Object> read = new ArrayList<>();
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  read.addAll(root.each("list", Batch::read));
                  read.addAll(root.eachEntry("map", Batch::read).entrySet());
                  read.add(root.eachEntry("none", Batch::read));
                  return read;
                }))
        .containsExactly(
            "conf/x.yaml:1  none is missing (expected: a section).",
            "conf/x.yaml:3  list[1].global is 5 (expected: a multiple of micro = 4). Nearest: 4.");
    assertThat(read)
        .containsExactly(
            new Batch(4, 4),
            Map.entry("b", new Batch(8, 4)),
            Map.entry("a", new Batch(4, 4)),
            Map.of());
  }

  @Test
  void a_record_may_blame_a_key_of_a_nested_one() {
    assertThat(
            Conf.problems(
                "name: s\nbatch:\n  global: 400\noptimizer: {lr: 1}\nsteps: 3\n", Stage::read))
        .containsExactly(
            "conf/x.yaml:3  batch.global is 400 (expected: at most 100).",
            "conf/x.yaml:5  steps is 3 (expected: batch.global or more).");
  }

  @Test
  void problems_of_nested_records_are_all_reported_once_and_nothing_else() {
    String yaml =
        """
        name: s
        batch: {global: 7}
        optimizer:
          lr: fast
          weight-decay: 2
          beta: [1]
        step: 5
        """;
    assertThat(Conf.problems(yaml, Stage::read))
        .containsExactly(
            "conf/x.yaml:2  batch.global is 7 (expected: a multiple of micro = 4). Nearest: 4.",
            "conf/x.yaml:4  optimizer.lr is \"fast\" (expected: a number).",
            "conf/x.yaml:5  optimizer.weight-decay is 2 (expected: between 0 and 1).",
            "conf/x.yaml:6  optimizer.beta is not a known key. Did you mean \"betas\"?",
            "conf/x.yaml:7  step is not a known key. Did you mean \"steps\"?");
  }

  @Test
  void missing_sections_are_reported_without_their_keys() {
    assertThat(Conf.problems("name: s\n", Stage::read))
        .containsExactly(
            "conf/x.yaml:1  batch is missing (expected: a section).",
            "conf/x.yaml:1  optimizer is missing (expected: a section).");
    assertThat(Conf.problems("name: s\nbatch: 8\noptimizer: {lr: 1}\n", Stage::read))
        .containsExactly("conf/x.yaml:2  batch is 8 (expected: a section).");
  }

  @Test
  void keys_that_reading_did_not_reach_are_not_called_unknown() {
    String yaml = "a: x\ncount: 1\nbx: 2\n";
    assertThat(
            Conf.problems(
                yaml,
                root -> {
                  int a = root.integer("a");
                  root.integer("by", 0);
                  Object nothing = root.build(() -> null);
                  return a + nothing.hashCode() + root.integer("count");
                }))
        .containsExactly(
            "conf/x.yaml:1  a is \"x\" (expected: a whole number).",
            "conf/x.yaml:3  bx is not a known key. Did you mean \"by\"?");
  }

  @Test
  void a_record_without_build_is_blamed_on_the_root() {
    assertThat(
            Conf.problems(
                "global: 0\nmicro: 1\n",
                root -> new Batch(root.integer("global"), root.integer("micro"))))
        .containsExactly("conf/x.yaml:1  global is 0 (expected: at least 1).");
  }

  @Test
  void another_exception_is_thrown_when_there_are_no_problems() {
    assertThatNullPointerException()
        .isThrownBy(
            () ->
                Conf.read(
                    "name: s\n",
                    root -> root.build(() -> new Stage(root.string("name"), null, null, 1))));
  }
}
