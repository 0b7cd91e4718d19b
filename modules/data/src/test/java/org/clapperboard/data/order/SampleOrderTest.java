package org.clapperboard.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.clapperboard.data.order.SampleOrder.Address;
import org.junit.jupiter.api.Test;

class SampleOrderTest {
  private static final List<Long> BLOCKS = List.of(5L, 1L, 0L, 8L, 3L, 8L, 0L, 2L);

  @Test
  void every_epoch_holds_every_sample_once() {
    for (long window : new long[] {1, 4, 9, 1000}) {
      SampleOrder order = new SampleOrder(BLOCKS, 7, window);
      for (long epoch = 0; epoch < 3; epoch++) {
        Set<Address> seen = new HashSet<>();
        for (long i = 0; i < order.size(); i++) {
          assertThat(seen.add(order.at(epoch * order.size() + i))).isTrue();
        }
        assertThat(seen).hasSize(27);
      }
    }
  }

  @Test
  void a_position_asked_for_out_of_turn_is_the_same() {
    SampleOrder inTurn = new SampleOrder(BLOCKS, 3, 6);
    List<Address> all = new ArrayList<>();
    for (long i = 0; i < 3 * inTurn.size(); i++) {
      all.add(inTurn.at(i));
    }
    SampleOrder jumping = new SampleOrder(BLOCKS, 3, 6);
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      int position = random.nextInt(all.size());
      assertThat(jumping.at(position)).isEqualTo(all.get(position));
    }
  }

  @Test
  void epochs_and_seeds_differ() {
    SampleOrder order = new SampleOrder(BLOCKS, 3, 1000);
    SampleOrder other = new SampleOrder(BLOCKS, 4, 1000);
    List<Address> first = new ArrayList<>();
    List<Address> second = new ArrayList<>();
    List<Address> otherSeed = new ArrayList<>();
    for (long i = 0; i < order.size(); i++) {
      first.add(order.at(i));
      second.add(order.at(order.size() + i));
      otherSeed.add(other.at(i));
    }
    assertThat(second).isNotEqualTo(first);
    assertThat(otherSeed).isNotEqualTo(first);
  }

  @Test
  void a_reader_stays_in_a_window_of_neighbouring_blocks() {
    List<Long> blocks = Collections.nCopies(100, 10L);
    SampleOrder order = new SampleOrder(blocks, 5, 50);
    Map<Integer, Long> firstUse = new HashMap<>();
    for (long i = 0; i < order.size(); i++) {
      long position = i;
      int block = order.at(i).block();
      long first = firstUse.computeIfAbsent(block, b -> position);
      // Five blocks of ten make a window: none is wanted again after it.
      assertThat(i - first).isLessThan(50);
    }
  }

  @Test
  void any_sample_can_come_first() {
    Set<Address> firsts = new HashSet<>();
    for (int seed = 0; seed < 400; seed++) {
      firsts.add(new SampleOrder(List.of(3L, 3L), seed, 1000).at(0));
    }
    assertThat(firsts).hasSize(6);
  }

  @Test
  void an_order_of_nothing_is_refused() {
    assertThatThrownBy(() -> new SampleOrder(List.of(0L), 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are no samples to put in order");
  }

  @Test
  void the_order_is_that_of_windows_laid_one_after_the_other() {
    Random random = new Random(6);
    for (int round = 0; round < 60; round++) {
      List<Long> blocks = new ArrayList<>(List.of(1L));
      for (int i = random.nextInt(30); i > 0; i--) {
        blocks.add((long) random.nextInt(7));
      }
      long window = 1L + random.nextInt(20);
      SampleOrder order = new SampleOrder(blocks, round, window);
      for (long epoch = 0; epoch < 2; epoch++) {
        List<Address> expected = naive(blocks, round, window, epoch);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(order.at(epoch * order.size() + i)).isEqualTo(expected.get(i));
        }
      }
    }
  }

  /** Shuffled blocks fill a window until it is large enough; then its samples are shuffled. */
  private static List<Address> naive(List<Long> blocks, long seed, long window, long epoch) {
    List<Address> order = new ArrayList<>();
    List<Address> open = new ArrayList<>();
    for (int block : Permutation.of(blocks.size(), Permutation.seed("blocks", seed, epoch))) {
      for (int row = 0; row < blocks.get(block); row++) {
        open.add(new Address(block, row));
      }
      if (open.size() >= window) {
        close(open, seed, epoch, order);
      }
    }
    close(open, seed, epoch, order);
    return order;
  }

  private static void close(List<Address> open, long seed, long epoch, List<Address> order) {
    long windowSeed = Permutation.seed("window", seed, epoch, order.size());
    for (int at : Permutation.of(open.size(), windowSeed)) {
      order.add(open.get(at));
    }
    open.clear();
  }

  @Test
  void ten_million_samples_in_a_hundred_thousand_blocks_are_cheap_in_turn_and_anywhere() {
    SampleOrder order = new SampleOrder(Collections.nCopies(100_000, 100L), 1, 8192);
    order.at(0);
    long start = cpu();
    for (long i = 3_000_000; i < 3_200_000; i++) {
      order.at(i);
    }
    assertThat((cpu() - start) / 200_000.0).as("ns, in turn").isLessThan(50_000);
    Random random = new Random(2);
    start = cpu();
    for (int i = 0; i < 300; i++) {
      order.at((long) (random.nextDouble() * order.size()));
    }
    // A window is shuffled anew each time; to count all blocks before it would take longer.
    assertThat((cpu() - start) / 300e6).as("ms, anywhere").isLessThan(10);
  }

  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
