package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RulesTest {

  private static void check(Consumer<Rules> checks) {
    try (Rules rules = new Rules()) {
      checks.accept(rules);
    }
  }

  private static String broken(Consumer<Rules> checks) {
    Throwable thrown = catchThrowable(() -> check(checks));
    return thrown instanceof BrokenRules ? thrown.getMessage() : "";
  }

  @Test
  void rules_that_hold_throw_nothing() {
    check(
        rules -> {
          rules.positive("a", Double.MIN_VALUE);
          rules.atLeast("b", 1, 1);
          rules.atMost("c", 2L, 2);
          rules.between("d", 0.0, 0, 1);
          rules.between("d", 1, 0, 1);
          rules.notBlank("e", "x");
          rules.notEmpty("f", List.of(1));
          rules.present("g", "x");
        });
  }

  @Test
  void each_rule_says_what_it_expects() {
    assertThat(broken(r -> r.positive("lr", 0))).isEqualTo("lr is 0 (expected: a number above 0).");
    assertThat(broken(r -> r.positive("lr", Double.NaN)))
        .isEqualTo("lr is NaN (expected: a number above 0).");
    assertThat(broken(r -> r.atLeast("n", 1, 2))).isEqualTo("n is 1 (expected: at least 2).");
    assertThat(broken(r -> r.atLeast("n", Double.NaN, 2))).contains("at least 2");
    assertThat(broken(r -> r.atMost("n", 3L, 2))).isEqualTo("n is 3 (expected: at most 2).");
    assertThat(broken(r -> r.between("p", 1.5, 0, 1)))
        .isEqualTo("p is 1.5 (expected: between 0 and 1).");
    assertThat(broken(r -> r.notBlank("name", " ")))
        .isEqualTo("name is \" \" (expected: text that is not empty).");
    assertThat(broken(r -> r.notEmpty("train", List.of())))
        .isEqualTo("train is [] (expected: at least one value).");
    assertThat(broken(r -> r.present("optimizer", null)))
        .isEqualTo("optimizer is missing (expected: a value).");
  }

  @Test
  void all_broken_rules_are_thrown_at_once() {
    assertThatExceptionOfType(BrokenRules.class)
        .isThrownBy(
            () ->
                check(
                    rules -> {
                      rules.positive("lr", -1);
                      rules.broken("unit", TimeUnit.SECONDS, "a longer unit").advice("Take hours.");
                    }))
        .withMessage(
            "lr is -1 (expected: a number above 0). "
                + "unit is \"seconds\" (expected: a longer unit). Take hours.");
  }

  @Test
  void a_check_that_fails_itself_carries_the_rules_broken_before() {
    Throwable thrown =
        catchThrowable(
            () ->
                check(
                    rules -> {
                      rules.atLeast("micro", 0, 1);
                      throw new ArithmeticException("/ by zero");
                    }));
    assertThat(thrown).isInstanceOf(ArithmeticException.class);
    assertThat(thrown.getSuppressed())
        .singleElement()
        .isInstanceOf(BrokenRules.class)
        .extracting(Throwable::getMessage)
        .isEqualTo("micro is 0 (expected: at least 1).");
  }
}
