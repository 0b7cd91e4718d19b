package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.concurrent.Future;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class RendezvousIT {

  @Test
  void ranks_with_different_settings_are_told_both() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Future<double[]> first = ranks.start(0, RendezvousIT::count);
      Future<Object> second =
          ranks.start(
              () ->
                  TcpCollective.connect(
                      ranks.listeners.get(1),
                      1,
                      ranks.peers,
                      ranks.key,
                      Ranks.OPTIONS.withChunkBytes(2048)));

      assertThat(Ranks.failure(first))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot connect rank 0 (host-0): rank 1 has 2 ranks, chunks of 2048 bytes, "
                  + "1 streams, encryption off, tcp within a host, sums of fp32, route auto, rank 0 (host-0) has 2 ranks, chunks of 1024 bytes, 1 streams, encryption off, tcp within a host, sums of fp32, route auto.");
      assertThat(Ranks.failure(second))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot connect rank 1 (host-1): rank 0 (host-0) has 2 ranks, chunks of 1024 bytes, "
                  + "1 streams, encryption off, tcp within a host, sums of fp32, route auto, rank 1 (host-1) has 2 ranks, chunks of 2048 bytes, 1 streams, encryption off, tcp within a host, sums of fp32, route auto.");
    }
  }

  @Test
  void absent_ranks_are_named_with_what_is_known() throws Exception {
    CollectiveOptions impatient = Ranks.OPTIONS.withConnectTimeout(Duration.ofMillis(600));
    try (Ranks ranks = new Ranks(3, impatient)) {
      ranks.listeners.get(0).close();
      assertThatThrownBy(() -> ranks.connect(1))
          .isInstanceOf(WorkerLost.class)
          .hasMessage(
              "Cannot connect rank 1 (host-1): rank 0 (host-0) [Connection refused], "
                  + "rank 2 (host-2) did not connect within 0.6 s.");
      assertThat(ranks.listeners.get(1).isOpen()).isFalse();
    }
  }

  @Test
  void a_rank_that_listens_late_is_called_again() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      InetSocketAddress address = (InetSocketAddress) ranks.listeners.get(0).getLocalAddress();
      ranks.listeners.get(0).close();
      Future<double[]> second = ranks.start(1, RendezvousIT::count);
      Thread.sleep(300);
      ranks.listeners.set(0, ServerSocketChannel.open().bind(address));
      Future<double[]> first = ranks.start(0, RendezvousIT::count);

      assertThat(Ranks.result(first)).containsExactly(2);
      assertThat(Ranks.result(second)).containsExactly(2);
    }
  }

  @Test
  void an_interrupt_ends_the_waiting() throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      Thread self = Thread.currentThread();
      Future<Object> interrupter =
          ranks.start(
              () -> {
                Thread.sleep(200);
                self.interrupt();
                return null;
              });

      assertThatThrownBy(() -> ranks.connect(0))
          .isInstanceOf(WorkerLost.class)
          .hasMessage("Cannot connect rank 0 (host-0): rank 0 (host-0) was interrupted.");
      assertThat(Thread.interrupted()).isTrue();
      assertThat(Ranks.result(interrupter)).isNull();
    }
  }

  @Test
  void a_listener_on_all_addresses_is_refused() throws Exception {
    String message =
        "The local address is 0.0.0.0 (expected: one address of this host, not all of them).";
    InetAddress wildcard = InetAddress.getByName("0.0.0.0");
    assertThatThrownBy(() -> TcpCollective.listen(wildcard))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    try (Ranks ranks = new Ranks(1, Ranks.OPTIONS)) {
      ServerSocketChannel wide =
          ServerSocketChannel.open().bind(new InetSocketAddress(wildcard, 0));
      ranks.listeners.set(0, wide);
      assertThatThrownBy(() -> ranks.connect(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("The local address is 0");
      ranks.listeners.set(0, ServerSocketChannel.open());
      assertThatThrownBy(() -> ranks.connect(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The listener is not bound (expected: to an address).");
    }
  }

  @Test
  void nobody_can_call_once_all_ranks_are_there() throws Exception {
    Ranks.run(
        2,
        Ranks.OPTIONS,
        collective -> {
          collective.barrier();
          return null;
        });
    try (Ranks ranks = new Ranks(1, Ranks.OPTIONS)) {
      int port = ranks.peers.get(0).port();
      try (TcpCollective alone = ranks.connect(0)) {
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
            .hasMessageContaining("refused");
        alone.barrier();
      }
    }
  }

  @Test
  void a_hundred_jobs_leave_no_thread_and_no_file_behind() throws Exception {
    UnixOperatingSystemMXBean system =
        (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    connectOften(5);
    long files = system.getOpenFileDescriptorCount();
    int threads = ManagementFactory.getThreadMXBean().getThreadCount();
    connectOften(100);

    assertThat(system.getOpenFileDescriptorCount()).isLessThan(files + 20);
    assertThat(ManagementFactory.getThreadMXBean().getThreadCount()).isLessThan(threads + 10);
  }

  private static void connectOften(int times) throws Exception {
    for (int i = 0; i < times; i++) {
      boolean aborts = i % 3 == 0;
      Ranks.run(
          3,
          Ranks.OPTIONS,
          collective -> {
            if (!aborts) {
              collective.barrier();
            } else if (collective.rank() == 0) {
              collective.barrier();
              collective.abort(new IllegalStateException("on purpose"));
            } else {
              assertThatThrownBy(() -> barrierForever(collective))
                  .isInstanceOf(WorkerLost.class)
                  .hasMessageContaining(
                      "rank 0 (host-0) failed: java.lang.IllegalStateException: on purpose");
            }
            return null;
          });
    }
  }

  private static void barrierForever(Collective collective) {
    while (true) {
      collective.barrier();
    }
  }

  private static double[] count(Collective collective) {
    return collective.sum(1);
  }
}
