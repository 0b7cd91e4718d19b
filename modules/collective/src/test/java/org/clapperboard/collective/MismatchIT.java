package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.clapperboard.config.WorkerLost;
import org.junit.jupiter.api.Test;

class MismatchIT {

  @Test
  void ranks_with_different_operations_are_told() throws Exception {
    assertMismatch(
        collective -> collective.allReduce(Floats.zeros(16)),
        Collective::barrier,
        "rank 1 \\(host-1\\) runs barrier as operation 1 \\(0 bytes\\) "
            + "while rank 0 \\(host-0\\) runs all-reduce as operation 1 \\(64 bytes\\)",
        "rank 0 \\(host-0\\) runs all-reduce as operation 1 \\(64 bytes\\) "
            + "while rank 1 \\(host-1\\) runs barrier as operation 1 \\(0 bytes\\)");
  }

  @Test
  void ranks_with_different_sizes_are_told() throws Exception {
    assertMismatch(
        collective -> collective.allReduce(Floats.zeros(16)),
        collective -> collective.allReduce(Floats.zeros(17)),
        "rank 1 \\(host-1\\) brings 68 bytes while rank 0 \\(host-0\\) brings 64",
        "rank 0 \\(host-0\\) brings 64 bytes while rank 1 \\(host-1\\) brings 68");
  }

  @Test
  void ranks_with_different_slices_are_told() throws Exception {
    assertMismatch(
        collective -> collective.reduceScatter(Floats.zeros(16), Slices.ofLengths(8, 8)),
        collective -> collective.reduceScatter(Floats.zeros(16), Slices.ofLengths(9, 7)),
        "rank 1 \\(host-1\\) has other slices or another root than rank 0 \\(host-0\\)",
        "rank 0 \\(host-0\\) has other slices or another root than rank 1 \\(host-1\\)");
  }

  @Test
  void ranks_in_different_phases_are_told() throws Exception {
    assertMismatch(
        Collective::barrier,
        collective -> {
          collective.phase("step 2");
          collective.barrier();
        },
        "rank 1 \\(host-1\\) runs it in another phase than rank 0 \\(host-0\\)",
        "rank 0 \\(host-0\\) runs it in another phase than rank 1 \\(host-1\\)");
  }

  @Test
  void ranks_with_different_roots_are_told() throws Exception {
    assertMismatch(
        collective -> collective.broadcast(Floats.zeros(4), 0),
        collective -> {
          collective.broadcast(Floats.zeros(4), 1);
          collective.barrier();
        },
        "rank 1 \\(host-1\\) .*",
        "rank 0 \\(host-0\\) .*");
  }

  private interface Step {
    void run(Collective collective);
  }

  private static void assertMismatch(Step first, Step second, String seenBy0, String seenBy1)
      throws Exception {
    try (Ranks ranks = new Ranks(2, Ranks.OPTIONS)) {
      List<Future<Object>> futures = new ArrayList<>();
      for (int rank = 0; rank < 2; rank++) {
        Step step = rank == 0 ? first : second;
        futures.add(
            ranks.start(
                rank,
                collective -> {
                  step.run(collective);
                  collective.barrier();
                  return null;
                }));
      }

      String reason =
          "(%s|%s|rank 1 \\(host-1\\) reports: %s|rank 0 \\(host-0\\) reports: %s)"
              .formatted(seenBy0, seenBy1, seenBy1, seenBy0);
      for (Future<Object> future : futures) {
        assertThat(Ranks.failure(future))
            .isInstanceOf(WorkerLost.class)
            .hasMessageMatching("Cannot finish [a-z -]+(\"step 2\")?: " + reason + "\\.");
      }
    }
  }
}
