package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.clapperboard.app.TimeLeft.Stage;
import org.clapperboard.train.metrics.MeasuredSteps;
import org.junit.jupiter.api.Test;

class TimeLeftTest {
  private static final MeasuredSteps NONE = MeasuredSteps.NONE;

  @Test
  void a_stage_that_has_begun_goes_on_as_fast_as_it_was() {
    Stage begun = new Stage(1000, 8, 30, new MeasuredSteps(400, 3200, 800, 0), false);
    assertThat(TimeLeft.of(List.of(begun))).isEqualTo(new TimeLeft(1, 0, 1200, 10));
    assertThat(TimeLeft.of(List.of(begun)))
        .hasToString("  left: 1 stage, about 0:20:00 of steps, price 10.00");
  }

  @Test
  void a_stage_that_has_not_is_judged_by_the_samples_of_the_one_before() {
    Stage done = new Stage(100, 8, 0, new MeasuredSteps(100, 800, 400, 0), true);
    Stage next = new Stage(5000, 16, 0, NONE, false);
    assertThat(TimeLeft.of(List.of(done, next))).isEqualTo(new TimeLeft(1, 0, 40_000, 0));
    assertThat(TimeLeft.of(List.of(done, next, next)))
        .hasToString("  left: 2 stages, about 22:13:20 of steps");
  }

  @Test
  void what_cannot_be_known_is_not_guessed() {
    Stage first = new Stage(100, 8, 1, NONE, false);
    assertThat(TimeLeft.of(List.of(first, first)))
        .hasToString("  left: 2 stages; how long is not known before steps are measured");
    Stage done = new Stage(100, 8, 1, new MeasuredSteps(100, 800, 100, 0), true);
    Stage endless = new Stage(0, 8, 1, NONE, false);
    assertThat(TimeLeft.of(List.of(done, endless, first)))
        .hasToString(
            "  left: 2 stages, about 0:01:40 of steps, price 0.03; not known of 1 of them");
  }

  @Test
  void nothing_is_left_of_finished_stages() {
    Stage done = new Stage(100, 8, 1, new MeasuredSteps(100, 800, 100, 0), true);
    assertThat(TimeLeft.of(List.of(done, done))).hasToString("  left: nothing");
  }
}
