package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SharedMemoryIT {
  private static final Path FOLDER = Path.of("/dev/shm");
  private static final CollectiveOptions OPTIONS =
      Ranks.OPTIONS.withSameHost(SameHost.SHARED_MEMORY).withChunkBytes(256 << 10);

  @BeforeAll
  static void need_memory_with_names() {
    assumeTrue(Files.isWritable(FOLDER), "this system has no " + FOLDER);
  }

  @Test
  void payloads_between_ranks_of_a_host_do_not_go_over_the_connection() throws Exception {
    // A relay that takes 4 KB every tenth of a second would need two seconds for them.
    int floats = 20_000;
    try (Ranks ranks = new Ranks(2, OPTIONS);
        Relay slow = new Relay(ranks.peers.get(0), Duration.ofMillis(100))) {
      List<Peer> places = List.of(slow.peer(), ranks.peers.get(1));
      Future<Double> first = ranks.start(0, collective -> gather(collective, floats));
      Future<Double> second = ranks.start(1, places, collective -> gather(collective, floats));
      assertThat(Ranks.result(first)).isLessThan(1);
      assertThat(Ranks.result(second)).isLessThan(1);
    }
  }

  private static double gather(Collective collective, int floats) {
    float[] own = Floats.ofRank(3, 0, floats);
    collective.allGather(
        Floats.buffer(collective.rank() == 0 ? own : new float[floats]),
        Slices.ofLengths(floats, 0));
    return collective.stats().seconds();
  }

  @Test
  void ranks_of_two_hosts_share_memory_only_with_their_neighbours() throws Exception {
    // Names of one machine that are not the same text: hosts, as far as addresses tell.
    try (Ranks ranks = new Ranks(4, OPTIONS)) {
      List<Peer> places =
          List.of(
              ranks.peers.get(0),
              ranks.peers.get(1),
              new Peer("localhost", ranks.peers.get(2).port(), "host-2"),
              new Peer("localhost", ranks.peers.get(3).port(), "host-3"));
      List<Future<float[]>> sums =
          Stream.of(0, 1, 2, 3)
              .map(
                  rank ->
                      ranks.<float[]>start(
                          rank,
                          places,
                          collective -> {
                            var buffer =
                                Floats.buffer(Floats.ofRank(7, collective.rank(), 300_000));
                            collective.allReduce(buffer);
                            return Floats.array(buffer);
                          }))
              .toList();
      for (Future<float[]> sum : sums) {
        assertThat(Ranks.result(sum)).isEqualTo(Floats.sum(7, 4, 300_000));
      }
    }
  }

  @Test
  void nothing_is_left_in_memory_when_ranks_have_met() throws Exception {
    Set<Path> before = files();
    Ranks.run(
        3,
        OPTIONS,
        collective -> {
          collective.barrier();
          Set<Path> left = files();
          left.removeAll(before);
          // Other builds on this machine may be meeting just now.
          for (Path file : left) {
            long end = System.nanoTime() + 10_000_000_000L;
            while (Files.exists(file) && System.nanoTime() < end) {
              Thread.sleep(20);
            }
            assertThat(file).doesNotExist();
          }
          return null;
        });
  }

  private static Set<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return new HashSet<>(
          files.filter(file -> file.toString().contains("clapperboard-")).toList());
    }
  }
}
