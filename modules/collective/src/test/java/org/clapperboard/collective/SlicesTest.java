package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SlicesTest {

  @Test
  void even_slices_cover_everything_and_differ_by_one_at_most() {
    for (int worldSize = 1; worldSize < 8; worldSize++) {
      for (long elements = 0; elements < 40; elements++) {
        Slices slices = Slices.even(elements, worldSize);
        long start = 0;
        for (int rank = 0; rank < worldSize; rank++) {
          assertThat(slices.start(rank)).isEqualTo(start);
          assertThat(slices.length(rank)).isBetween(elements / worldSize, elements / worldSize + 1);
          start += slices.length(rank);
        }
        assertThat(start).isEqualTo(elements).isEqualTo(slices.elements());
        assertThat(slices.worldSize()).isEqualTo(worldSize);
      }
    }
  }

  @Test
  void the_first_ranks_take_what_is_over() {
    assertThat(Slices.even(11, 3)).isEqualTo(Slices.ofLengths(4, 4, 3));
  }

  @Test
  void more_elements_than_an_int_counts_are_sliced() {
    Slices slices = Slices.even(7_000_000_001L, 2);

    assertThat(slices.start(1)).isEqualTo(3_500_000_001L);
    assertThat(slices.length(1)).isEqualTo(3_500_000_000L);
  }

  @Test
  void slices_of_other_lengths_are_other_slices() {
    assertThat(Slices.ofLengths(1, 2))
        .isNotEqualTo(Slices.ofLengths(2, 1))
        .doesNotHaveSameHashCodeAs(Slices.ofLengths(2, 1))
        .hasToString("Slices[0, 1, 3]");
  }

  @Test
  void impossible_slices_are_refused() {
    assertThatThrownBy(() -> Slices.even(-1, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot slice -1 elements for 2 ranks.");
    assertThatThrownBy(() -> Slices.even(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot slice 1 elements for 0 ranks.");
    assertThatThrownBy(() -> Slices.ofLengths(3, -2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The slice of rank 1 is -2 (expected: 0 or more).");
  }
}
