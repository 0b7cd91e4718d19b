package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledRankIT {

  private static final int FLOATS = 8 << 20;

  @TempDir private Path folder;

  @Test
  void a_rank_whose_process_is_killed_is_named_within_two_seconds() throws Exception {
    Process child = startChild();
    AtomicLong killed = new AtomicLong();
    try (TcpCollective collective = ChildRank.connect(folder, 0, 2, CollectiveOptions.defaults())) {
      collective.phase("step 1");
      reduce(collective, 5);
      Thread killer =
          new Thread(
              () -> {
                pause(Duration.ofMillis(40));
                killed.set(System.nanoTime());
                child.destroyForcibly();
              });
      killer.start();
      Throwable failure = catchThrowable(() -> reduce(collective, Integer.MAX_VALUE));
      Duration noticed = Duration.ofNanos(System.nanoTime() - killed.get());
      killer.join();

      assertThat(failure)
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot finish all-reduce \"step 1\": "
                  + "rank 1 \\(127\\.0\\.0\\.1:\\d+\\) closed the connection.*\\.");
      assertThat(killed.get()).isNotZero();
      assertThat(noticed).isLessThan(Duration.ofSeconds(2));
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  @Test
  void a_rank_whose_process_is_frozen_is_named_after_the_deadline() throws Exception {
    Process child = startChild();
    CollectiveOptions impatient = CollectiveOptions.defaults().withDeadline(Duration.ofMillis(500));
    try (TcpCollective collective = ChildRank.connect(folder, 0, 2, impatient)) {
      collective.phase("step 1");
      reduce(collective, 5);
      Process freeze = new ProcessBuilder("kill", "-STOP", "" + child.pid()).start();
      assertThat(freeze.waitFor()).isZero();

      assertThatThrownBy(() -> reduce(collective, Integer.MAX_VALUE))
          .isInstanceOf(WorkerLost.class)
          .hasMessageMatching(
              "Cannot finish all-reduce \"step 1\": rank 1 \\(127\\.0\\.0\\.1:\\d+\\) "
                  + "sent nothing for [\\d.]+ s \\(got [\\d.]+ of 32 MiB\\)\\.");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private Process startChild() throws IOException {
    return ChildRank.java(KilledRankIT.class, List.of(folder.toString()))
        .redirectOutput(folder.resolve("child.log").toFile())
        .start();
  }

  /** The rank that will be killed. */
  public static void main(String[] args) throws IOException, InterruptedException {
    try (TcpCollective collective =
        ChildRank.connect(Path.of(args[0]), 1, 2, CollectiveOptions.defaults())) {
      collective.phase("step 1");
      reduce(collective, Integer.MAX_VALUE);
    }
  }

  private static void reduce(Collective collective, int times) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < times; i++) {
      collective.allReduce(buffer);
    }
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
