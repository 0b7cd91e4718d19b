package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.clapperboard.bench.Rehearsal.Kill;
import org.clapperboard.bench.Rehearsal.Trained;
import org.clapperboard.bench.RunAccount.Attempt;
import org.clapperboard.config.InternalFailure;
import org.junit.jupiter.api.Test;

class RehearsalFiguresTest {
  private static final Map<String, String> FACTS = Map.of("weights", "a1", "samples", "96 rows");

  private static Instant at(double seconds) {
    return Instant.ofEpochMilli(Math.round(1000 * seconds));
  }

  /** Two attempts, then a driver that was killed with its attempt, then another driver's. */
  private static final List<Attempt> ATTEMPTS =
      List.of(
          new Attempt(1, at(10), 52, 0, 37, 30, "Cannot finish this attempt: lost"),
          new Attempt(2, at(70), 62, 30, 81, 80, "Cannot finish this attempt: lost"),
          new Attempt(1, at(250), 40, 90, 120, 120, ""));

  private static final List<Kill> KILLS =
      List.of(
          new Kill(1, at(60), "executor 2", 30, 15.0),
          new Kill(2, at(130), "executor 5", 80, null),
          new Kill(3, at(200), "driver", 90, 70.0));

  private static RehearsalFigures figures(Map<String, String> found, String ledger) {
    return new RehearsalFigures(
        8,
        120,
        new Trained(100, 5, List.of()),
        new Trained(280, 5, KILLS),
        new RunAccount(FACTS, "adds up", List.of()),
        new RunAccount(found, ledger, ATTEMPTS));
  }

  @Test
  void a_kill_costs_what_the_whole_took_longer() {
    RehearsalFigures figures = figures(FACTS, "adds up");
    assertThat(figures.figures().table()).contains("a kill cost\t60.0 s", "steps repeated\t8");
    assertThat(figures.noticed()).containsExactly(2.0, 2.0);
    assertThat(figures.between()).containsExactly(8.0);
    assertThat(figures.toCheckpoint()).containsExactly(15.0, 70.0);
    assertThat(figures.figures().json().get("kills").get(1).get("seconds-to-checkpoint").isNull())
        .isTrue();
  }

  @Test
  void the_same_facts_and_a_ledger_that_adds_up_are_a_success() {
    Figures figures = figures(FACTS, "adds up").figures();
    assertThat(figures.failure()).isNull();
    assertThat(figures.json().get("differences")).isEmpty();
    assertThat(figures.table()).endsWith("ledger\tadds up", "the same as never killed");
  }

  @Test
  void another_fact_is_told_beside_the_one_that_was_expected() {
    Figures figures = figures(Map.of("weights", "b2", "samples", "96 rows"), "adds up").figures();
    assertThat(figures.failure())
        .isInstanceOf(InternalFailure.class)
        .hasMessage("Cannot train to the same end when killed:\n  weights: b2 (never killed: a1)");
    assertThat(figures.table()).endsWith("NOT the same as never killed");
  }

  @Test
  void a_fact_that_is_not_there_and_a_ledger_that_fails_are_told_too() {
    assertThat(figures(Map.of("weights", "a1"), "").figures().failure())
        .hasMessage(
            "Cannot train to the same end when killed:\n"
                + "  samples: null (never killed: 96 rows)\n  ledger:  (expected: adds up)");
  }

  @Test
  void an_answer_is_read_as_it_is_printed() {
    assertThat(RunAccount.row("step\tcause\n3\t\n")).isEqualTo(Map.of("step", "3", "cause", ""));
    assertThatThrownBy(() -> RunAccount.row("step\tcause\n"))
        .isInstanceOf(InternalFailure.class)
        .hasMessage("Cannot read an answer of 1 lines: step\tcause\n");
  }
}
