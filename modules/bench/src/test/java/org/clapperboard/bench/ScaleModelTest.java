package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.assertj.core.data.Offset;
import org.clapperboard.bench.ScaleModel.Load;
import org.clapperboard.bench.ScaleModel.Machine;
import org.clapperboard.bench.ScaleModel.Step;
import org.junit.jupiter.api.Test;

/** Every number here was worked out by hand. */
class ScaleModelTest {
  private static final double ENDLESS = Double.POSITIVE_INFINITY;
  private static final Offset<Double> CLOSE = within(1e-9);

  /** A billion parameters; 16 samples of 1 s forward and 2 s backward at 1 operation a second. */
  private static final Load LOAD =
      new Load(16, 4, 1, 2, List.of(1_000_000_000L), 4, 1L << 30, 100, 50, 0);

  private static Machine machine(
      int perHost, double link, double loopback, double latency, double processor) {
    return new Machine(perHost, 1, link, loopback, latency, processor, ENDLESS, ENDLESS, 0);
  }

  private static Step step(Machine machine, int ranks) {
    return new ScaleModel(machine, LOAD, false).at(ranks);
  }

  private static Load halves() {
    return new Load(16, 4, 1, 2, LOAD.trained(), 2, 1L << 30, 100, 50, 0);
  }

  @Test
  void two_ranks_with_a_link_of_a_gigabyte_exchange_a_billion_parameters_in_four_seconds() {
    // Half of 4 GB of gradients, then half of 4 GB of weights.
    Step step = step(machine(1, 1e9, ENDLESS, 0, 0), 2);
    assertThat(step.exchange()).isCloseTo(4, CLOSE);
    assertThat(step.sent()).isEqualTo(4e9);
    assertThat(step.compute()).isCloseTo(24, CLOSE);
    assertThat(step.seconds()).isCloseTo(28, CLOSE);
  }

  @Test
  void weights_of_two_bytes_are_gathered_in_half_the_time() {
    Step step = new ScaleModel(machine(1, 1e9, ENDLESS, 0, 0), halves(), false).at(2);
    assertThat(step.exchange()).isCloseTo(3, CLOSE);
    assertThat(step.sent()).isEqualTo(3e9);
  }

  @Test
  void one_rank_exchanges_nothing_and_waits_for_nobody() {
    Machine slow = new Machine(8, 1, 1, 1, 1, 1, ENDLESS, ENDLESS, 0.5);
    Step step = new ScaleModel(slow, LOAD, false).at(1);
    assertThat(step.exchange()).isZero();
    assertThat(step.slowest()).isZero();
    assertThat(step.sent()).isZero();
    assertThat(step.seconds()).isCloseTo(48, CLOSE);
    assertThat(step.bottleneck()).isEqualTo("compute");
  }

  @Test
  void ranks_of_a_host_share_its_link_and_reach_each_other_beside_it() {
    // Slices of 1 GB: each of 2 ranks sends 2 of them out through the same link.
    assertThat(step(machine(2, 1e9, ENDLESS, 0, 0), 4).exchange()).isCloseTo(8, CLOSE);
    // And one to the rank beside it.
    assertThat(step(machine(2, ENDLESS, 1e9, 0, 0), 4).exchange()).isCloseTo(2, CLOSE);
    // All on one host: nothing goes out.
    assertThat(step(machine(8, 1, 1e9, 0, 0), 4).exchange()).isCloseTo(6, CLOSE);
  }

  @Test
  void a_message_goes_to_every_other_rank_for_every_gigabyte_begun() {
    // 4 GB in pieces of 2^30 bytes are 4; there and back to 2 others at 1 ms each.
    assertThat(step(machine(1, ENDLESS, ENDLESS, 1e-3, 0), 3).exchange()).isCloseTo(0.016, CLOSE);
  }

  @Test
  void what_an_exchange_waits_for_is_told_by_name() {
    double slow = 1e8;
    assertThat(step(machine(1, slow, ENDLESS, 0, 0), 2).bottleneck())
        .isEqualTo("exchange (link of a host)");
    assertThat(step(machine(2, ENDLESS, slow, 0, 0), 2).bottleneck())
        .isEqualTo("exchange (loopback)");
    assertThat(step(machine(1, ENDLESS, ENDLESS, 10, 0), 2).bottleneck())
        .isEqualTo("exchange (messages)");
    Step busy = step(machine(1, 1e9, ENDLESS, 0, 1e-8), 2);
    assertThat(busy.bottleneck()).isEqualTo("exchange (processors)");
    // The link works at the same time.
    assertThat(busy.exchange()).isCloseTo(40, CLOSE);
  }

  @Test
  void the_expected_maximum_of_normal_numbers_is_that_of_the_tables() {
    assertThat(ScaleModel.expectedMaximum(1)).isZero();
    assertThat(ScaleModel.expectedMaximum(2)).isCloseTo(1 / Math.sqrt(Math.PI), within(1e-5));
    assertThat(ScaleModel.expectedMaximum(3)).isCloseTo(1.5 / Math.sqrt(Math.PI), within(1e-5));
    // Harter 1961.
    assertThat(ScaleModel.expectedMaximum(10)).isCloseTo(1.53875, within(1e-5));
    assertThat(ScaleModel.expectedMaximum(100)).isCloseTo(2.50759, within(1e-5));
  }

  @Test
  void a_step_waits_for_the_slowest_rank() {
    Machine unlike = new Machine(1, 1, ENDLESS, ENDLESS, 0, 0, ENDLESS, ENDLESS, 0.1);
    // 24 s, a tenth of it, 0.5642 deviations.
    assertThat(new ScaleModel(unlike, LOAD, false).at(2).slowest())
        .isCloseTo(1.35406, within(1e-4));
  }

  @Test
  void the_rank_with_most_samples_counts() {
    Step step = step(machine(1, ENDLESS, ENDLESS, 0, 0), 5);
    assertThat(step.samples()).isEqualTo(4);
    assertThat(step.compute()).isCloseTo(12, CLOSE);
    assertThat(step.tokens()).isCloseTo(16 * 50 / 12.0, CLOSE);
    assertThat(step(machine(1, ENDLESS, ENDLESS, 0, 0), 100).samples()).isEqualTo(1);
  }

  @Test
  void no_more_is_hidden_than_gradients_take_and_the_last_way_back_lasts() {
    // 2 s of gradients behind 4 samples of 2 s.
    Step all = new ScaleModel(machine(1, 1e9, ENDLESS, 0, 0), LOAD, true).at(2);
    assertThat(all.hidden()).isCloseTo(2, CLOSE);
    assertThat(all.exchange()).isCloseTo(2, CLOSE);
    // 20 s of them behind the same 8 s.
    Step some = new ScaleModel(machine(1, 1e8, ENDLESS, 0, 0), LOAD, true).at(2);
    assertThat(some.hidden()).isCloseTo(8, CLOSE);
    assertThat(some.exchange()).isCloseTo(32, CLOSE);
  }

  @Test
  void a_checkpoint_is_shared_by_all_ranks_and_by_all_steps_until_the_next() {
    Machine alone = new Machine(1, 1, ENDLESS, ENDLESS, 0, 0, 1e9, ENDLESS, 0);
    // 12 GB in two slices at 1 GB/s, every 100 steps.
    assertThat(new ScaleModel(alone, LOAD, false).at(2).checkpoint()).isCloseTo(0.06, CLOSE);
    Machine shared = new Machine(1, 1, ENDLESS, ENDLESS, 0, 0, 1e9, 1e9, 0);
    assertThat(new ScaleModel(shared, LOAD, false).at(2).checkpoint()).isCloseTo(0.12, CLOSE);
  }

  @Test
  void samples_are_waited_for_only_as_long_as_the_rest_of_a_step_does_not_take() {
    Machine machine = machine(1, ENDLESS, ENDLESS, 0, 0);
    Load slow = new Load(16, 4, 1, 2, List.of(1L), 4, 1L << 30, 100, 50, 5);
    Step waits = new ScaleModel(machine, slow, false).at(2);
    assertThat(waits.data()).isCloseTo(8 * 5 - 24, CLOSE);
    assertThat(waits.seconds()).isCloseTo(40, CLOSE);
    Load quick = new Load(16, 4, 1, 2, List.of(1L), 4, 1L << 30, 100, 50, 3);
    assertThat(new ScaleModel(machine, quick, false).at(2).data()).isZero();
  }

  @Test
  void efficiency_is_the_speed_of_a_rank_beside_that_of_fewer() {
    Machine machine = machine(1, 1e9, ENDLESS, 0, 0);
    Step two = step(machine, 2);
    // 48 s of work in 2 times 28 s.
    assertThat(two.efficiency(step(machine, 1))).isCloseTo(48 / 56.0, CLOSE);
    assertThat(two.efficiency(two)).isEqualTo(1);
    // On 4 ranks 12 s and 6 s.
    assertThat(step(machine, 4).efficiency(two)).isCloseTo(56 / 72.0, CLOSE);
  }
}
