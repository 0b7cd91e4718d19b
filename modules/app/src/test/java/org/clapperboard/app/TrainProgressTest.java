package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clapperboard.train.metrics.ResidentMemory;
import org.clapperboard.train.metrics.StepMetrics;
import org.junit.jupiter.api.Test;

/** The line of progress, as it is in a log. */
class TrainProgressTest {
  private static final StepMetrics STEP =
      new StepMetrics(
          9,
          1.25,
          1e-3,
          0.5,
          40,
          1000,
          0,
          8,
          0.5,
          0.05,
          0.1,
          new StepMetrics.Skips(false, 0, null),
          2e9,
          List.of(),
          new ResidentMemory(0, 0));

  private static String shown(double peakFlops) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", peakFlops);
    progress.attempt(1, 0, 10);
    progress.step(STEP);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void a_step_is_told_with_loss_speed_waits_and_what_is_left() {
    assertThat(shown(0))
        .isEqualTo(
            "  stage  step 10/10  loss 1.2500  lr 1.00e-03  2000 tokens/s  data wait 10%"
                + "  exchange wait 20%  0:00 left\n");
  }

  @Test
  void what_the_hardware_could_do_is_compared_where_it_is_known() {
    assertThat(shown(1e10)).contains("  2000 tokens/s  40% of peak  data wait 10%");
  }
}
