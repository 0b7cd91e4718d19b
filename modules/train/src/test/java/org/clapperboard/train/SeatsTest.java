package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Where ranks run, when hosts have failed or executors are missing. */
class SeatsTest {
  private static final List<Integer> SIZES = List.of(4, 2, 1);

  @Test
  void ranks_run_anywhere_while_no_host_has_failed() {
    assertThat(Seats.of(List.of("a", "a", "b", "c"), Set.of(), SIZES))
        .contains(new Seats(4, List.of(), List.of()));
  }

  @Test
  void there_are_as_many_ranks_as_executors_and_the_batch_allow() {
    assertThat(Seats.of(List.of("a", "a", "b"), Set.of(), SIZES))
        .contains(new Seats(2, List.of(), List.of()));
    assertThat(Seats.of(List.of("a", "a", "b"), Set.of(), List.of(4))).isEmpty();
    assertThat(Seats.of(List.of(), Set.of("a"), SIZES)).isEmpty();
  }

  @Test
  void a_host_that_fails_is_left_out() {
    assertThat(Seats.of(List.of("b", "a", "c", "b", "b", "c"), Set.of("a"), SIZES))
        .contains(new Seats(4, List.of("b", "c"), List.of("a")));
    assertThat(Seats.of(List.of("a", "a", "b", "c"), Set.of("a", "z"), SIZES))
        .contains(new Seats(2, List.of("b", "c"), List.of("a", "z")));
    assertThat(Seats.of(List.of("b", "c"), Set.of("a"), SIZES))
        .contains(new Seats(2, List.of("b", "c"), List.of("a")));
  }

  @Test
  void hosts_that_fail_are_used_where_there_are_no_others() {
    assertThat(Seats.of(List.of("a", "b"), Set.of("a", "b"), SIZES))
        .contains(new Seats(2, List.of(), List.of()));
  }
}
