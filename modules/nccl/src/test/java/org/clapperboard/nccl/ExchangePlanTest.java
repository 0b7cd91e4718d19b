package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.clapperboard.collective.Slices;
import org.clapperboard.nccl.ExchangePlan.DeviceCall;
import org.clapperboard.nccl.ExchangePlan.Kind;
import org.clapperboard.nccl.ExchangePlan.Span;
import org.junit.jupiter.api.Test;

/** Plans, run with what NCCL's documentation says of its calls, against sums taken by hand. */
class ExchangePlanTest {
  /** What is on a device that nobody has copied anything to. */
  private static final float GARBAGE = Float.NaN;

  private final Random random = new Random(7);

  @Test
  void the_sums_of_slices_of_any_length_come_to_their_owners() {
    for (Slices slices : slices()) {
      float[][] hosts = hosts(slices);
      float[] sum = sum(hosts);
      run(hosts, rank -> ExchangePlan.reduceScatter(slices, rank));
      for (int rank = 0; rank < hosts.length; rank++) {
        assertThat(own(hosts[rank], slices, rank))
            .as("%s, rank %d", slices, rank)
            .isEqualTo(own(sum, slices, rank));
      }
    }
  }

  @Test
  void the_slices_of_all_come_to_everyone() {
    for (Slices slices : slices()) {
      float[][] hosts = hosts(slices);
      float[] all = new float[(int) slices.elements()];
      for (int rank = 0; rank < hosts.length; rank++) {
        int start = (int) slices.start(rank);
        System.arraycopy(hosts[rank], start, all, start, (int) slices.length(rank));
      }
      run(hosts, rank -> ExchangePlan.allGather(slices, rank));
      for (float[] host : hosts) {
        assertThat(host).as("%s", slices).isEqualTo(all);
      }
    }
  }

  @Test
  void sums_of_everything_come_to_everyone() {
    for (Slices slices : slices()) {
      float[][] hosts = hosts(slices);
      float[] sum = sum(hosts);
      run(hosts, rank -> ExchangePlan.allReduce(slices.elements()));
      for (float[] host : hosts) {
        assertThat(host).isEqualTo(sum);
      }
    }
  }

  @Test
  void what_the_root_has_comes_to_everyone() {
    for (Slices slices : slices()) {
      for (int root = 0; root < slices.worldSize(); root++) {
        float[][] hosts = hosts(slices);
        float[] told = hosts[root].clone();
        int from = root;
        run(hosts, rank -> ExchangePlan.broadcast(slices.elements(), from, rank));
        for (float[] host : hosts) {
          assertThat(host).isEqualTo(told);
        }
      }
    }
  }

  @Test
  void even_slices_take_one_call_and_others_one_for_each_that_is_not_empty() {
    Slices even = Slices.even(12, 3);
    assertThat(ExchangePlan.reduceScatter(even, 1))
        .isEqualTo(
            new ExchangePlan(
                List.of(new Span(0, 12)),
                List.of(new DeviceCall(Kind.REDUCE_SCATTER, 0, 4, -1)),
                List.of(new Span(4, 4))));
    assertThat(ExchangePlan.allGather(even, 1))
        .isEqualTo(
            new ExchangePlan(
                List.of(new Span(4, 4)),
                List.of(new DeviceCall(Kind.ALL_GATHER, 0, 4, -1)),
                List.of(new Span(0, 4), new Span(8, 4))));
    assertThat(ExchangePlan.reduceScatter(Slices.ofLengths(5, 0, 7), 0).calls())
        .containsExactly(
            new DeviceCall(Kind.REDUCE, 0, 5, 0), new DeviceCall(Kind.REDUCE, 5, 7, 2));
    assertThat(ExchangePlan.allGather(Slices.ofLengths(5, 0, 7), 0).calls())
        .containsExactly(
            new DeviceCall(Kind.BROADCAST, 0, 5, 0), new DeviceCall(Kind.BROADCAST, 5, 7, 2));
  }

  private List<Slices> slices() {
    List<Slices> all = new ArrayList<>();
    for (int worldSize = 1; worldSize <= 5; worldSize++) {
      all.add(Slices.even(0, worldSize));
      all.add(Slices.even(4L * worldSize, worldSize));
      all.add(Slices.even(4L * worldSize + 1, worldSize));
      for (int i = 0; i < 20; i++) {
        all.add(Slices.ofLengths(random.longs(worldSize, 0, 6).toArray()));
      }
    }
    return all;
  }

  /** Small whole numbers, whose sums are exact in any order. */
  private float[][] hosts(Slices slices) {
    float[][] hosts = new float[slices.worldSize()][(int) slices.elements()];
    for (float[] host : hosts) {
      for (int i = 0; i < host.length; i++) {
        host[i] = random.nextInt(1000);
      }
    }
    return hosts;
  }

  private static float[] sum(float[][] hosts) {
    float[] sum = new float[hosts[0].length];
    for (float[] host : hosts) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += host[i];
      }
    }
    return sum;
  }

  private static float[] own(float[] all, Slices slices, int rank) {
    int start = (int) slices.start(rank);
    return Arrays.copyOfRange(all, start, start + (int) slices.length(rank));
  }

  /** Copies in, runs the calls of rank 0, which all ranks must have, and copies out. */
  private static void run(float[][] hosts, IntFunction<ExchangePlan> plans) {
    float[][] devices = new float[hosts.length][hosts[0].length];
    for (int rank = 0; rank < hosts.length; rank++) {
      Arrays.fill(devices[rank], GARBAGE);
      copy(hosts[rank], devices[rank], plans.apply(rank).in());
      assertThat(plans.apply(rank).calls()).isEqualTo(plans.apply(0).calls());
    }
    plans.apply(0).calls().forEach(call -> run(call, devices));
    for (int rank = 0; rank < hosts.length; rank++) {
      copy(devices[rank], hosts[rank], plans.apply(rank).out());
    }
  }

  private static void copy(float[] from, float[] to, List<Span> spans) {
    for (Span span : spans) {
      System.arraycopy(from, (int) span.first(), to, (int) span.first(), (int) span.count());
    }
  }

  private static void run(DeviceCall call, float[][] devices) {
    int first = (int) call.first();
    int count = (int) call.count();
    float[] sum = sum(devices);
    for (int rank = 0; rank < devices.length; rank++) {
      int own = first + rank * count;
      float[] device = devices[rank];
      switch (call.kind()) {
        case REDUCE_SCATTER -> System.arraycopy(sum, own, device, own, count);
        case ALL_GATHER -> {
          for (int other = 0; other < devices.length; other++) {
            int place = first + other * count;
            System.arraycopy(devices[other], place, device, place, count);
          }
        }
        case ALL_REDUCE -> System.arraycopy(sum, first, device, first, count);
        case REDUCE -> {
          if (rank == call.root()) {
            System.arraycopy(sum, first, device, first, count);
          }
        }
        case BROADCAST -> System.arraycopy(devices[call.root()], first, device, first, count);
      }
    }
  }
}
