package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class LateRanksIT {

  private static final CollectiveOptions IMPATIENT =
      Ranks.OPTIONS.withDeadline(Duration.ofMillis(400));

  @Test
  void the_late_rank_is_named_on_all_ranks() throws Exception {
    try (Ranks ranks = new Ranks(4, IMPATIENT)) {
      CountDownLatch othersFailed = new CountDownLatch(3);
      List<Future<Object>> futures = new ArrayList<>();
      for (int rank = 0; rank < 4; rank++) {
        futures.add(
            ranks.start(
                rank,
                collective -> {
                  collective.phase("step 120 gradients");
                  collective.barrier();
                  if (collective.rank() == 2) {
                    othersFailed.await();
                  }
                  try {
                    collective.allReduce(Floats.zeros(100_000));
                  } finally {
                    othersFailed.countDown();
                  }
                  return null;
                }));
      }

      for (int rank = 0; rank < 4; rank++) {
        assertThat(Ranks.failure(futures.get(rank)))
            .isInstanceOf(WorkerLost.class)
            .message()
            .matches(
                "Cannot finish all-reduce \"step 120 gradients\": "
                    + "(rank [013] \\(host-[013]\\) reports: )?"
                    + "rank 2 \\(host-2\\) sent nothing for [\\d.]+ s \\(got 0 of 195\\.3 KiB\\)\\.");
      }
    }
  }

  @Test
  void what_a_late_rank_works_on_is_told_with_its_name() throws Exception {
    try (Ranks ranks = new Ranks(2, IMPATIENT.withEncryption(Encryption.AES_GCM))) {
      CountDownLatch failed = new CountDownLatch(1);
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                collective.working("step 7: clips/3");
                try {
                  collective.barrier();
                  collective.phase("step 8 loss");
                  collective.barrier();
                } finally {
                  failed.countDown();
                }
                return null;
              });
      Future<Boolean> second =
          ranks.start(
              1,
              collective -> {
                collective.working("step 7: clips/4");
                collective.barrier();
                collective.working("step 8: clips/5, clips/" + "9".repeat(5000));
                collective.working("step 8: clips/6, clips/7");
                return failed.await(20, TimeUnit.SECONDS);
              });

      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot finish barrier \"step 8 loss\": rank 1 \\(host-1\\) sent nothing for"
                  + " [\\d.]+ s, at work on step 8: clips/6, clips/7\\.");
      assertThat(Ranks.result(second)).isTrue();
    }
  }

  @Test
  void a_rank_that_is_late_for_a_ring_is_named_not_its_neighbour() throws Exception {
    try (Ranks ranks = new Ranks(4, IMPATIENT.withRoute(Route.RING))) {
      CountDownLatch failed = new CountDownLatch(3);
      List<Future<Object>> futures = new ArrayList<>();
      for (int rank = 0; rank < 4; rank++) {
        futures.add(
            ranks.start(
                rank,
                collective -> {
                  collective.allReduce(Floats.zeros(100_000));
                  collective.working("clip 5");
                  if (collective.rank() == 1) {
                    failed.await();
                  }
                  try {
                    collective.allReduce(Floats.zeros(100_000));
                  } finally {
                    failed.countDown();
                  }
                  return null;
                }));
      }
      for (Future<Object> future : futures) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .message()
            .matches(
                "Cannot finish (barrier|all-reduce): (rank [023] \\(host-[023]\\) reports: )?"
                    + "rank 1 \\(host-1\\) sent nothing for [\\d.]+ s, at work on clip 5\\.");
      }
    }
  }

  @Test
  void a_barrier_names_everyone_who_is_missing() throws Exception {
    try (Ranks ranks = new Ranks(3, IMPATIENT)) {
      CountDownLatch failed = new CountDownLatch(1);
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                try {
                  collective.barrier();
                } finally {
                  failed.countDown();
                }
                return null;
              });
      Future<Boolean> second = ranks.start(1, collective -> failed.await(20, TimeUnit.SECONDS));
      Future<Boolean> third = ranks.start(2, collective -> failed.await(20, TimeUnit.SECONDS));

      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot finish barrier: rank 1 \\(host-1\\) sent nothing for [\\d.]+ s, "
                  + "rank 2 \\(host-2\\) sent nothing for [\\d.]+ s\\.");
      assertThat(Ranks.result(second)).isTrue();
      assertThat(Ranks.result(third)).isTrue();
    }
  }

  @Test
  void a_rank_that_takes_nothing_is_named() throws Exception {
    try (Ranks ranks = new Ranks(2, IMPATIENT)) {
      CountDownLatch failed = new CountDownLatch(1);
      Future<Object> root =
          ranks.start(
              0,
              collective -> {
                try {
                  collective.broadcast(Floats.zeros(16 << 20), 0);
                } finally {
                  failed.countDown();
                }
                return null;
              });
      Future<Boolean> bystander = ranks.start(1, collective -> failed.await(20, TimeUnit.SECONDS));

      assertThat(Ranks.failure(root))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot finish broadcast: rank 1 \\(host-1\\) took nothing for [\\d.]+ s "
                  + "\\(sent [\\d.]+ of 64 MiB\\)\\.");
      assertThat(Ranks.result(bystander)).isTrue();
    }
  }

  @Test
  void a_slow_operation_that_keeps_moving_is_not_late() throws Exception {
    int floats = 20_000; // 80 KB take 20 pauses: 2 s in all, 5 times the deadline.
    try (Ranks ranks = new Ranks(2, IMPATIENT);
        Relay slow = new Relay(ranks.peers.get(0), Duration.ofMillis(100))) {
      List<Future<Double>> futures =
          List.of(
              ranks.start(0, collective -> gather(collective, floats)),
              ranks.start(
                  1,
                  List.of(slow.peer(), ranks.peers.get(1)),
                  collective -> gather(collective, floats)));

      assertThat(futures.stream().map(LateRanksIT::seconds)).anyMatch(seconds -> seconds > 1.0);
    }
  }

  private static double gather(Collective collective, int floats) {
    collective.allGather(Floats.zeros(floats), Slices.ofLengths(floats, 0));
    return collective.stats().seconds();
  }

  private static double seconds(Future<Double> future) {
    try {
      return Ranks.result(future);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
