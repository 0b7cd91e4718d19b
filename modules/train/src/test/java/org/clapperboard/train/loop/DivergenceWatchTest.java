package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.BadData;
import org.clapperboard.train.config.WatchConfig;
import org.clapperboard.train.metrics.ResidentMemory;
import org.clapperboard.train.metrics.StepMetrics;
import org.junit.jupiter.api.Test;

class DivergenceWatchTest {
  private final List<Long> recorded = new ArrayList<>();

  private void run(WatchConfig config, double... losses) throws IOException {
    DivergenceWatch watch =
        new DivergenceWatch("stage", config, (step, items, of) -> recorded.add(step.step()));
    for (int i = 0; i < losses.length; i++) {
      watch.step(metrics(i, losses[i]), List.of(), List.of());
    }
  }

  private static StepMetrics metrics(long step, double loss) {
    return new StepMetrics(
        step,
        loss,
        1e-3,
        1,
        1,
        1,
        0,
        1,
        1,
        0,
        0,
        new StepMetrics.Skips(false, 0, null),
        0,
        List.of(),
        new ResidentMemory(0, 0, 0),
        null,
        null);
  }

  @Test
  void a_mean_above_a_multiple_of_the_best_one_ends_the_stage_before_the_step_is_recorded() {
    assertThatThrownBy(() -> run(new WatchConfig(2, 2), 4, 3, 1, 2, 2, 3, 9, 9))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot go on with stage: its loss diverges. Its mean over 2 steps is 6.0000 at step"
                + " 6, more than 2.0 times the best, 1.5000 at step 3 (watch.stop-above). The"
                + " newest checkpoint is kept. Lower optimizer.lr, or look at what these steps"
                + " have seen: jobs/inspect.sh batch.");
    assertThat(recorded).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
  }

  @Test
  void one_bad_step_among_many_ends_nothing() throws IOException {
    run(new WatchConfig(2, 4), 1, 1, 1, 1, 4.9, 1, 1, 1, 1);
    assertThat(recorded).hasSize(9);
  }

  @Test
  void a_loss_that_is_no_number_is_left_to_others() throws IOException {
    run(new WatchConfig(2, 2), 1, 1, Double.NaN, 1, Double.POSITIVE_INFINITY, 1);
    assertThat(recorded).hasSize(6);
  }

  @Test
  void nothing_is_watched_unless_it_is_asked_for() throws IOException {
    run(WatchConfig.NOTHING, 1, 1e9);
    assertThat(recorded).hasSize(2);
  }

  @Test
  void a_bound_that_every_loss_breaks_is_refused() {
    assertThatThrownBy(() -> new WatchConfig(1, 50)).hasMessageContaining("above 1");
  }
}
