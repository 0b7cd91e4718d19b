package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.clapperboard.config.BadData;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class FailuresIT {

  private static final int MANY_FLOATS = 4 << 20;
  private static final Duration AT_ONCE = Duration.ofSeconds(2);

  @Test
  void a_rank_that_leaves_early_is_named() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS)) {
      List<Future<Object>> staying = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        staying.add(
            ranks.start(
                rank,
                collective -> {
                  collective.phase("epoch 2");
                  collective.barrier();
                  collective.barrier();
                  return null;
                }));
      }
      Future<Object> leaving =
          ranks.start(
              2,
              collective -> {
                collective.phase("epoch 2");
                collective.barrier();
                return null;
              });

      for (Future<Object> future : staying) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .hasMessageMatching(
                "Cannot finish barrier \"epoch 2\": (rank [01] \\(host-[01]\\) reports: )?"
                    + "rank 2 \\(host-2\\) has left\\.");
      }
      assertThat(Ranks.result(leaving)).isNull();
    }
  }

  @Test
  void ranks_that_finish_and_leave_one_by_one_disturb_nobody() throws Exception {
    for (int i = 0; i < 30; i++) {
      Ranks.run(
          3,
          Ranks.OPTIONS,
          collective -> {
            collective.broadcast(Floats.zeros(300_000), 0);
            Thread.sleep(collective.rank() * 3L);
            collective.allReduce(Floats.zeros(3000));
            return null;
          });
    }
  }

  @Test
  void an_abort_in_the_middle_of_an_operation_reaches_all_ranks_with_its_cause() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS.withChunkBytes(256 << 10))) {
      CountDownLatch reduced = new CountDownLatch(2);
      List<Future<Object>> futures = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        futures.add(
            ranks.start(
                rank,
                collective -> {
                  reduced.countDown();
                  reduceForever(collective);
                  return null;
                }));
      }
      Future<Object> failing =
          ranks.start(
              2,
              collective -> {
                reduced.await();
                collective.allReduce(Floats.zeros(MANY_FLOATS));
                collective.abort(new OutOfMemoryError("batch of step 7"));
                collective.barrier();
                return null;
              });

      String text = "rank 2 (host-2) failed: java.lang.OutOfMemoryError: batch of step 7.";
      for (Future<Object> future : futures) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .hasMessage("Cannot finish all-reduce: " + text);
      }
      assertThat(Ranks.failure(failing))
          .isInstanceOf(WorkerLost.class)
          .hasMessage("Cannot start barrier: " + text)
          .hasCauseInstanceOf(OutOfMemoryError.class);
    }
  }

  @Test
  void an_interrupt_ends_a_blocked_operation_on_all_ranks() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS)) {
      AtomicReference<Thread> victim = new AtomicReference<>();
      CountDownLatch started = new CountDownLatch(2);
      CountDownLatch failed = new CountDownLatch(2);
      List<Future<Object>> futures = new ArrayList<>();
      List<Boolean> flags = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        futures.add(
            ranks.start(
                rank,
                collective -> {
                  if (collective.rank() == 0) {
                    victim.set(Thread.currentThread());
                  }
                  started.countDown();
                  try {
                    collective.allReduce(Floats.zeros(MANY_FLOATS));
                  } finally {
                    if (collective.rank() == 0) {
                      flags.add(Thread.interrupted());
                    }
                    failed.countDown();
                  }
                  return null;
                }));
      }
      Future<Boolean> bystander = ranks.start(2, collective -> failed.await(20, TimeUnit.SECONDS));
      started.await();
      Thread.sleep(200);
      victim.get().interrupt();
      long start = System.nanoTime();

      for (Future<Object> future : futures) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .hasMessage("Cannot finish all-reduce: rank 0 (host-0) was interrupted.");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
      assertThat(flags).containsExactly(true);
      assertThat(Ranks.result(bystander)).isTrue();
    }
  }

  @Test
  void closing_from_another_thread_ends_a_blocked_operation_on_all_ranks() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      AtomicReference<TcpCollective> victim = new AtomicReference<>();
      CountDownLatch failed = new CountDownLatch(1);
      Future<Object> blocked =
          ranks.start(
              0,
              collective -> {
                victim.set(collective);
                try {
                  collective.barrier();
                } finally {
                  failed.countDown();
                }
                return null;
              });
      Future<Object> other =
          ranks.start(
              1,
              collective -> {
                Thread.sleep(300);
                long start = System.nanoTime();
                victim.get().close();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
                failed.await();
                collective.barrier(); // May find what rank 0 had sent before.
                collective.barrier();
                return null;
              });

      assertThat(Ranks.failure(blocked))
          .isInstanceOf(WorkerLost.class)
          .hasMessage("Cannot finish barrier: rank 0 (host-0) has closed its collective.");
      assertThat(Ranks.failure(other))
          .isInstanceOf(WorkerLost.class)
          .hasMessage("Cannot finish barrier: rank 0 (host-0) has closed its collective.");
    }
  }

  @Test
  void after_a_failure_every_call_fails_with_the_same_cause() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS.withDeadline(Duration.ofMillis(400)))) {
      CountDownLatch failed = new CountDownLatch(1);
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                assertThatThrownBy(collective::barrier).isInstanceOf(WorkerLost.class);
                failed.countDown();
                collective.phase("later");
                assertThatThrownBy(() -> collective.allReduce(Floats.zeros(4)))
                    .isInstanceOf(WorkerLost.class)
                    .hasMessageMatching(
                        "Cannot start all-reduce \"later\": rank 1 \\(host-1\\) sent nothing .*");
                collective.sum(1);
                return null;
              });
      Future<Boolean> bystander = ranks.start(1, collective -> failed.await(20, TimeUnit.SECONDS));

      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching("Cannot start sum \"later\": rank 1 \\(host-1\\) sent nothing .*")
          .cause()
          .isInstanceOf(WorkerLost.class)
          .hasMessageStartingWith("Cannot finish barrier: rank 1 (host-1) sent nothing");
      assertThat(Ranks.result(bystander)).isTrue();
    }
  }

  @Test
  void whoever_waits_by_other_means_can_ask_whether_the_others_are_still_there() throws Exception {
    try (Ranks ranks = new Ranks(3, Ranks.OPTIONS)) {
      CountDownLatch asked = new CountDownLatch(2);
      List<Future<Object>> asking = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        asking.add(
            ranks.start(
                rank,
                collective -> {
                  collective.barrier();
                  collective.check("the device");
                  asked.countDown();
                  while (true) {
                    collective.check("the device");
                    TimeUnit.MILLISECONDS.sleep(1);
                  }
                }));
      }
      Future<Object> failing =
          ranks.start(
              2,
              collective -> {
                collective.barrier();
                asked.await();
                collective.abort(new BadData("Cannot read shard 3: it is cut."));
                return null;
              });
      for (Future<Object> future : asking) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .hasMessageMatching(
                "Cannot finish the device: (rank [01] \\(host-[01]\\) reports: )?rank 2 \\(host-2\\)"
                    + " failed: Cannot read shard 3: it is cut\\.");
      }
      assertThat(Ranks.result(failing)).isNull();
    }
  }

  @Test
  void one_that_has_left_in_good_order_is_not_missed_by_whoever_asks() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      CountDownLatch left = new CountDownLatch(1);
      Future<Object> asking =
          ranks.start(
              0,
              collective -> {
                collective.barrier();
                left.await();
                for (int i = 0; i < 100; i++) {
                  collective.check("the device");
                  TimeUnit.MILLISECONDS.sleep(1);
                }
                assertThatThrownBy(collective::barrier)
                    .isInstanceOf(WorkerLost.class)
                    .hasMessage("Cannot finish barrier: rank 1 (host-1) has left.");
                return "asked";
              });
      Future<Object> leaving =
          ranks.start(
              1,
              collective -> {
                collective.barrier();
                return null;
              });
      assertThat(Ranks.result(leaving)).isNull();
      left.countDown();
      assertThat(Ranks.result(asking)).isEqualTo("asked");
    }
  }

  @Test
  void a_closed_collective_says_so() throws Exception {
    Ranks.run(
        2,
        Ranks.OPTIONS,
        collective -> {
          collective.close();
          collective.close();
          assertThatThrownBy(collective::barrier)
              .isInstanceOf(IllegalStateException.class)
              .hasMessage("Cannot start barrier: the collective is closed.");
          return null;
        });
  }

  @Test
  void two_threads_at_once_are_refused() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      CountDownLatch refused = new CountDownLatch(1);
      AtomicReference<TcpCollective> shared = new AtomicReference<>();
      Future<Object> first =
          ranks.start(
              0,
              collective -> {
                shared.set(collective);
                collective.barrier();
                return null;
              });
      Future<Object> second =
          ranks.start(
              1,
              collective -> {
                Thread.sleep(300);
                assertThatThrownBy(() -> shared.get().barrier())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(
                        "Cannot start barrier: another thread runs or closes the collective.");
                refused.countDown();
                collective.barrier();
                return null;
              });

      assertThat(Ranks.result(first)).isNull();
      assertThat(Ranks.result(second)).isNull();
    }
  }

  private static void reduceForever(Collective collective) {
    while (true) {
      collective.allReduce(Floats.zeros(MANY_FLOATS));
    }
  }
}
