package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {

  @Test
  void every_failure_has_its_own_exit_code() {
    List<Failure> family =
        List.of(
            new InternalFailure("a"),
            new BadConfig(List.of(Problem.of("x", "y"))),
            new BadData("b"),
            new BadCheckpoint("c"),
            new WorkerLost("d"));
    assertThat(family).extracting(Failure::exitCode).containsExactly(1, 2, 3, 4, 5);
    assertThat(Failure.class.getPermittedSubclasses()).hasSize(family.size());
  }

  @Test
  void a_failure_keeps_its_message_and_cause() {
    IOException cause = new IOException("connection reset");
    assertThat(new WorkerLost("Cannot reach rank 3: connection reset", cause))
        .hasMessage("Cannot reach rank 3: connection reset")
        .hasCause(cause);
  }

  @Test
  void the_message_lists_problems_by_file_and_line_and_counts_them() {
    BadConfig two =
        new BadConfig(
            List.of(
                new Problem("conf/b.yaml", 1, "c", "c is 3 (expected: 4)."),
                new Problem("conf/a.yaml", 10, "b", "b is 2 (expected: 3)."),
                new Problem("conf/a.yaml", 9, "a", "a is 1 (expected: 2). Try 2.")));
    assertThat(two)
        .hasMessage(
            """
            conf/a.yaml:9  a is 1 (expected: 2). Try 2.
            conf/a.yaml:10  b is 2 (expected: 3).
            conf/b.yaml:1  c is 3 (expected: 4).
            3 problems; nothing was started.""");
    assertThat(two.problems()).extracting(Problem::key).containsExactly("a", "b", "c");
  }

  @Test
  void one_problem_is_counted_in_the_singular() {
    assertThat(new BadConfig(List.of(Problem.of("--workers", "is 0 (expected: 1 or more)."))))
        .hasMessage("--workers  is 0 (expected: 1 or more).\n1 problem; nothing was started.");
  }

  @Test
  void no_bad_config_without_a_problem() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BadConfig(List.of()))
        .withMessage("A bad configuration has at least one problem");
  }

  @Test
  void a_bad_config_survives_the_way_from_another_process() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(new BadConfig(List.of(Problem.of("x", "y"))));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      BadConfig copy = (BadConfig) in.readObject();
      assertThat(copy.problems()).containsExactly(Problem.of("x", "y"));
    }
  }
}
