package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemsTest {

  @Test
  void nothing_is_thrown_when_nothing_is_wrong() {
    Problems problems = new Problems();
    problems.throwIfAny();
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void all_problems_are_thrown_together_and_the_same_one_once() {
    Problems problems = new Problems();
    problems.add(Problem.of("b", "is wrong."));
    problems.addAll(List.of(Problem.of("a", "is wrong."), Problem.of("b", "is wrong.")));
    assertThatExceptionOfType(BadConfig.class)
        .isThrownBy(problems::throwIfAny)
        .withMessage("a  is wrong.\nb  is wrong.\n2 problems; nothing was started.");
  }

  @ParameterizedTest
  @CsvSource({
    "batch, batch, true",
    "batch, batch.global, true",
    "batch.global, batch, true",
    "train[1], train, true",
    "batch, batch-size, false",
    "batch.global, batch.micro, false",
    "train[1], train[10], false",
    "'', batch, false"
  })
  void a_problem_touches_its_key_the_parts_and_the_whole(String key, String other, boolean touch) {
    Problems noted = new Problems();
    noted.add(new Problem("x.yaml", 1, key, "is wrong."));
    assertThat(noted.touch(other)).isEqualTo(touch);
    Problems silent = new Problems();
    silent.silence(key);
    assertThat(silent.touch(other)).isEqualTo(touch);
    assertThat(silent.isEmpty()).isTrue();
  }
}
