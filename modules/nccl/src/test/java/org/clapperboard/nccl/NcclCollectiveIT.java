package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.Operation;
import org.clapperboard.collective.Slices;
import org.clapperboard.config.BadConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class NcclCollectiveIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ELEMENTS = 100_003;

  @Test
  void where_the_host_has_no_cuda_all_ranks_say_so_and_none_hangs() throws Exception {
    assumeTrue(!firstDevice().problem().isEmpty(), "This host has CUDA, NCCL and a GPU.");
    List<Object> failures =
        TcpRanks.run(2, ranks -> NcclCollective.open(ranks, 0, PATIENCE).worldSize());
    assertThat(failures)
        .hasSize(2)
        .allSatisfy(
            failure -> {
              assertThat(failure).isInstanceOf(BadConfig.class);
              assertThat(((BadConfig) failure).getMessage())
                  .startsWith("cluster.collective  is nccl, which ranks 0, 1 cannot use: ")
                  .contains("lib")
                  .endsWith(
                      "NCCL needs a build with mvn -Pcuda, and of the host an NVIDIA driver"
                          + " (libcuda.so.1), libcudart.so.12 and libnccl.so.2 where the loader finds"
                          + " them, for example in LD_LIBRARY_PATH. Without them set"
                          + " cluster.collective to tcp.\n1 problem; nothing was started.");
            });
  }

  @Test
  @Tag("gpu")
  void sums_and_slices_and_copies_come_to_where_they_belong_over_gpus() throws Exception {
    int worldSize = devices();
    assumeTrue(worldSize > 0, firstDevice().problem());
    List<Object> results =
        TcpRanks.run(
            worldSize,
            ranks -> {
              try (Collective gpus = NcclCollective.open(ranks, ranks.rank(), PATIENCE)) {
                exchange(gpus);
                return gpus.stats().operations().get(Operation.REDUCE_SCATTER).calls();
              }
            });
    assertThat(results).hasSize(worldSize).containsOnly(2L);
  }

  private static void exchange(Collective ranks) {
    int worldSize = ranks.worldSize();
    long[] lengths = new long[worldSize];
    lengths[0] = ELEMENTS;
    List<Slices> all =
        List.of(
            Slices.even((long) ELEMENTS / worldSize * worldSize, worldSize),
            Slices.ofLengths(lengths));
    for (Slices slices : all) {
      ByteBuffer floats = floats(slices.elements(), ranks.rank() + 1);
      ranks.reduceScatter(floats, slices);
      float sum = worldSize * (worldSize + 1) / 2f;
      requireAll(floats, slices.start(ranks.rank()), slices.length(ranks.rank()), sum);
      ranks.allGather(floats, slices);
      requireAll(floats, 0, slices.elements(), sum);
      ranks.broadcast(floats, worldSize - 1);
      ranks.allReduce(floats);
      requireAll(floats, 0, slices.elements(), sum * worldSize);
    }
  }

  private static ByteBuffer floats(long count, float value) {
    ByteBuffer floats =
        ByteBuffer.allocateDirect((int) count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      floats.putFloat(i * Float.BYTES, value);
    }
    return floats;
  }

  private static void requireAll(ByteBuffer floats, long first, long count, float expected) {
    for (long i = first; i < first + count; i++) {
      assertThat(floats.getFloat((int) i * Float.BYTES)).isEqualTo(expected);
    }
  }

  /** How many GPUs there are, up to 4. */
  private static int devices() {
    int count = 0;
    while (count < 4 && open(count).problem().isEmpty()) {
      count++;
    }
    return count;
  }

  private static Readiness firstDevice() {
    return open(0);
  }

  private static Readiness open(int device) {
    return Natives.readiness(
        () -> {
          new Device(device).close();
          Communicator.requireVersion();
          return Readiness.ready(new byte[0]);
        });
  }
}
