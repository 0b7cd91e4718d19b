package org.clapperboard.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.clapperboard.eval.judge.AutoDq.Described;
import org.clapperboard.eval.judge.OfflineJudge.Likeness;
import org.junit.jupiter.api.Test;

class AutoDqTest {
  private static final Judge JUDGE = new OfflineJudge(Likeness.NORMALISED, 1);

  @Test
  void events_are_recalled_and_predicted_and_means_are_over_videos() {
    AutoDq score =
        AutoDq.of(
            JUDGE,
            List.of(
                new Described("a dog barks. a dog runs.", List.of(), "a dog barks."),
                new Described(
                    "night falls", List.of("night falls"), "night falls. rain. wind. snow.")));
    assertThat(score.cases()).isEqualTo(2);
    assertThat(score.recall()).isEqualTo(0.75);
    assertThat(score.precision()).isEqualTo((1 + 0.25) / 2);
    assertThat(score.f1()).isCloseTo(2 * 0.75 * 0.625 / 1.375, within(1e-12));
    assertThat(score.recalled()).isEqualTo(2);
    assertThat(score.precise()).isEqualTo(2);
  }

  @Test
  void a_description_without_events_has_no_precision_and_is_no_gap() {
    AutoDq score = AutoDq.of(JUDGE, List.of(new Described("a dog barks", List.of(), "")));
    assertThat(score).isEqualTo(new AutoDq(1, 1, 0, 1, 0));
    assertThat(score.f1()).isZero();
  }
}
