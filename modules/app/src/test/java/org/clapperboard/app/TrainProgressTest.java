package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clapperboard.train.MemoryPlan;
import org.clapperboard.train.TrainJob;
import org.clapperboard.train.metrics.LossShare;
import org.clapperboard.train.metrics.ResidentMemory;
import org.clapperboard.train.metrics.SliceScores;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.Validation;
import org.junit.jupiter.api.Test;

/** The line of progress, as it is in a log. */
class TrainProgressTest {
  private static final StepMetrics STEP = with(new ResidentMemory(0, 0, 0));

  private static String shown(double peakFlops) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", 2, peakFlops);
    progress.attempt(new TrainJob.Start(1, 0, 10, 2, List.of()));
    progress.step(STEP);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void a_measurement_on_held_out_samples_is_told_once() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", 2, 0);
    progress.attempt(new TrainJob.Start(1, 0, 10, 2, List.of()));
    List<LossShare> losses =
        List.of(
            new LossShare("all", "all", 6, 40, 30),
            new LossShare("dataset", "clips", 4, 30, 15),
            new LossShare("dataset", "sounds", 2, 10, 15));
    StepMetrics measured = STEP.with(new Validation(4, losses, List.of()));
    progress.step(measured);
    progress.step(measured);
    assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("held")))
        .containsExactly(
            "  stage: held-out loss after 5 steps 0.7500: clips 0.5000, sounds 1.5000");
  }

  @Test
  void scores_of_exam_slices_are_told_once() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", 2, 0);
    progress.attempt(new TrainJob.Start(1, 0, 10, 2, List.of()));
    StepMetrics asked =
        STEP.with(
            new SliceScores(
                4,
                List.of(
                    new SliceScores.Score("clips", 8, 3), new SliceScores.Score("none", 0, 0))));
    progress.step(asked);
    progress.step(asked);
    assertThat(out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.contains("exam")))
        .containsExactly(
            "  stage: exam slices after 5 steps: clips 3 of 8 right (37.5 %), none nothing asked");
  }

  @Test
  void a_step_is_told_with_loss_speed_waits_and_what_is_left() {
    assertThat(shown(0))
        .isEqualTo(
            "  stage  step 10/10  loss 1.2500  lr 1.00e-03  2000 tokens/s  data wait 10%"
                + "  exchange wait 20%  0:00 left\n");
  }

  @Test
  void the_most_memory_is_told_beside_what_was_planned() {
    Console console =
        new Console(
            new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", 2, 0);
    progress.planned(new MemoryPlan(5e8, 1e8, 2e8, 3e8, 4e8, 6e8));
    progress.attempt(new TrainJob.Start(1, 0, 10, 2, List.of()));
    progress.step(STEP);
    assertThat(progress.memory()).as("while none is known").isEmpty();
    progress.step(with(new ResidentMemory(1_000_000_000, 2_000_000_000, 300_000_000)));
    progress.step(with(new ResidentMemory(900_000_000, 2_100_000_000, 500_000_000)));
    assertThat(progress.memory())
        .isEqualTo(", memory of rank 0 at most 1.70 GB and a heap of 0.50 GB, planned 2.10 GB");
  }

  private static StepMetrics with(ResidentMemory memory) {
    return new StepMetrics(
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
        memory,
        null,
        null);
  }

  @Test
  void what_the_hardware_could_do_is_compared_where_it_is_known() {
    assertThat(shown(5e9)).contains("  2000 tokens/s  40% of peak  data wait 10%");
  }

  @Test
  void an_attempt_says_where_it_goes_on_with_how_many_ranks_and_without_whom() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    TrainProgress progress = new TrainProgress(console, "stage", 2, 0);
    progress.attempt(new TrainJob.Start(2, 5, 10, 1, List.of()));
    progress.attempt(new TrainJob.Start(3, 0, 10, 2, List.of("host-a")));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "  stage: attempt 2 goes on after step 5 of 10, with 1 of 2 ranks\n"
                + "  stage: attempt 3 begins at the first step of 10, without host-a, where two"
                + " attempts failed\n");
  }
}
