package org.clapperboard.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {

  private static Verdicts.Row row(String question, Boolean correct, Double score) {
    return new Verdicts.Row(
        "set", question, question, "", "A", "letter", correct, "", "", score, "");
  }

  @Test
  void questions_that_flipped_are_counted_and_tested_exactly() {
    List<Verdicts.Row> first = new ArrayList<>();
    List<Verdicts.Row> second = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      first.add(row("q" + i, i < 52, null));
      // The first two of what A has right are lost, and ten others won.
      second.add(row("q" + i, i >= 2 && i < 62, null));
    }
    Comparison one = Comparison.of(first, second).get(0);
    assertThat(one.both()).isEqualTo(100);
    assertThat(one.first()).isEqualTo(52);
    assertThat(one.second()).isEqualTo(60);
    assertThat(one.gained()).isEqualTo(10);
    assertThat(one.lost()).isEqualTo(2);
    assertThat(one.flipped().get("lost")).containsExactly("q0", "q1");
    // R: mcnemar exact, binom.test(10, 12)$p.value
    assertThat(one.p()).isCloseTo(2.0 * (1 + 12 + 66) / 4096, within(1e-12));
  }

  @Test
  void what_only_one_was_asked_or_nobody_has_marked_does_not_count() {
    List<Verdicts.Row> first = List.of(row("a", true, null), row("b", null, null));
    List<Verdicts.Row> second = List.of(row("b", true, null), row("c", true, null));
    assertThat(Comparison.of(first, second)).isEmpty();
    assertThat(Comparison.of(first, List.of(row("a", true, null))).get(0).p()).isEqualTo(1);
  }

  @Test
  void scores_are_compared_by_their_ranks() {
    // Hand computed: differences 1..6, all up but the smallest; W- = 1 of 2^6 orders, both sides.
    List<Verdicts.Row> first = new ArrayList<>();
    List<Verdicts.Row> second = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      first.add(row("q" + i, null, 10.0));
      second.add(row("q" + i, null, i == 1 ? 9.0 : 10.0 + i));
    }
    Comparison one = Comparison.of(first, second).get(0);
    assertThat(one.measure()).isEqualTo(" score");
    assertThat(one.gained()).isEqualTo(5);
    assertThat(one.p()).isCloseTo(4.0 / 64, within(1e-12));
  }
}
