package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Beside a count by PyTorch's own counter, corrected for what it takes as dense. */
class StepFlopsTest {
  private static StepFlops of(StepSizes size) {
    return StepFlops.of(size, StepCase.Stage.LANGUAGE);
  }

  @Test
  void operations_of_the_parts_are_those_that_pytorch_counts() {
    StepFlops medium = of(StepSizes.MEDIUM);
    assertThat(medium.encoder() / 1e9).isCloseTo(143.5, within(0.05));
    assertThat(medium.connector() / 1e9).isCloseTo(128.4, within(0.05));
    assertThat(medium.layers() / 1e9).isCloseTo(415.5, within(0.05));
    // PyTorch had scores of all 512 positions, half of which are text, half of that labelled.
    assertThat(medium.head() / 1e9).isCloseTo(100.7 / 4, within(0.02));
    assertThat(medium.attention() / 1e9).isCloseTo(50.6, within(0.05));
  }

  @Test
  void a_decoder_that_only_lets_gradients_through_needs_two_thirds() {
    StepFlops through = StepFlops.of(StepSizes.SMALL, StepCase.Stage.CONNECTOR);
    assertThat(through.layers()).isCloseTo(of(StepSizes.SMALL).layers() * 2 / 3, within(1e3));
    assertThat(through.connector() / 1e9).isCloseTo(32.34, within(0.005));
    assertThat(through.encoder() / 1e9).isCloseTo(16.97, within(0.005));
  }

  @Test
  void tiny_steps_are_counted_too() {
    StepFlops tiny = of(StepSizes.TINY);
    assertThat(tiny.encoder() / 1e9).isCloseTo(0.073, within(5e-4));
    assertThat(tiny.connector() / 1e9).isCloseTo(0.262, within(5e-4));
    assertThat(tiny.layers() / 1e9).isCloseTo(0.991, within(5e-4));
    assertThat(tiny.attention() / 1e9).isCloseTo(0.079, within(5e-4));
  }
}
