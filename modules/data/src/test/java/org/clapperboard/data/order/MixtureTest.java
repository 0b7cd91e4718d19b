package org.clapperboard.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.clapperboard.data.order.Mixture.Place;
import org.clapperboard.data.order.Mixture.Stream;
import org.junit.jupiter.api.Test;

class MixtureTest {
  private static final int BATCH = 8;

  /** 2 : 1 : 1 over 40 audio-visual, 7 visual and 13 audio samples. */
  private static Mixture mixture() {
    return new Mixture(
        List.of(
            new Stream("audio-visual", 2, new SampleOrder(List.of(25L, 15L), 1, 100)),
            new Stream("visual", 1, new SampleOrder(List.of(7L), 2, 100)),
            new Stream("audio", 1, new SampleOrder(List.of(6L, 7L), 3, 100))));
  }

  @Test
  void every_run_of_four_places_is_two_to_one_to_one() {
    for (long step = 0; step < 30; step++) {
      List<Place> batch = mixture().batch(step, BATCH, 0, BATCH);
      for (int run = 0; run < BATCH; run += 4) {
        assertThat(batch.subList(run, run + 4))
            .extracting(Place::stream)
            .containsExactly(0, 0, 1, 2);
      }
    }
  }

  @Test
  void each_sample_of_the_leading_stream_is_used_once_per_epoch() {
    Mixture mixture = mixture();
    long steps = mixture.steps(2, BATCH);
    assertThat(steps).isEqualTo(20);
    Map<String, Integer> uses = new HashMap<>();
    for (long step = 0; step < steps; step++) {
      for (Place place : mixture.batch(step, BATCH, 0, BATCH)) {
        if (place.stream() == 0) {
          uses.merge(place.epoch() + " " + place.address(), 1, Integer::sum);
        }
      }
    }
    assertThat(uses).hasSize(80);
    assertThat(uses.values()).containsOnly(1);
  }

  @Test
  void the_other_streams_go_on_through_their_own_epochs() {
    Mixture mixture = mixture();
    List<Long> epochs = new ArrayList<>();
    for (long step = 0; step < 14; step++) {
      mixture.batch(step, BATCH, 0, BATCH).stream()
          .filter(place -> place.stream() == 1)
          .forEach(place -> epochs.add(place.epoch()));
    }
    for (int i = 0; i < epochs.size(); i++) {
      assertThat(epochs.get(i)).isEqualTo(i / 7);
    }
  }

  @Test
  void ranks_together_see_what_one_rank_would() {
    for (int ranks : new int[] {1, 2, 4}) {
      for (long step = 0; step < 25; step++) {
        List<Place> together = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
          int share = BATCH / ranks;
          together.addAll(mixture().batch(step, BATCH, rank * share, (rank + 1) * share));
        }
        assertThat(together).isEqualTo(mixture().batch(step, BATCH, 0, BATCH));
      }
    }
  }

  @Test
  void a_batch_that_breaks_the_ratio_is_refused() {
    assertThatThrownBy(() -> mixture().batch(0, 6, 0, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a batch of 6 (expected: a multiple of 4)");
  }

  @Test
  void over_any_window_of_batches_each_stream_has_exactly_its_share_on_every_rank() {
    Random random = new Random(8);
    for (int round = 0; round < 40; round++) {
      List<Stream> streams = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(4); i++) {
        List<Long> blocks = List.of(1L + random.nextInt(9), (long) random.nextInt(30));
        streams.add(new Stream("s" + i, 1 + random.nextInt(4), new SampleOrder(blocks, i, 9)));
      }
      Mixture mixture = new Mixture(streams);
      int ranks = 1 + random.nextInt(3);
      int share = mixture.shares() * (1 + random.nextInt(3));
      long from = random.nextInt(1000);
      int steps = 1 + random.nextInt(20);
      for (int rank = 0; rank < ranks; rank++) {
        int[] counts = new int[streams.size()];
        for (long step = from; step < from + steps; step++) {
          mixture
              .batch(step, ranks * share, rank * share, (rank + 1) * share)
              .forEach(place -> counts[place.stream()]++);
        }
        for (int i = 0; i < counts.length; i++) {
          assertThat(counts[i] * mixture.shares())
              .isEqualTo(steps * share * streams.get(i).share());
        }
      }
    }
  }

  @Test
  void a_batch_asked_for_out_of_turn_is_the_same() {
    Mixture inTurn = mixture();
    List<List<Place>> all = new ArrayList<>();
    for (long step = 0; step < 60; step++) {
      all.add(inTurn.batch(step, BATCH, 0, BATCH));
    }
    Mixture jumping = mixture();
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int step = random.nextInt(60);
      assertThat(jumping.batch(step, BATCH, 0, BATCH)).isEqualTo(all.get(step));
    }
  }
}
