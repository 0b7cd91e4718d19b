package org.clapperboard.collective;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * All-reduce over loopback, one JVM per rank: {@code AllReduceBenchmark [world] [repeats] [chunk
 * KiB] [streams] [socket buffer KiB] [MB...]}.
 *
 * <p>Per size: the median over repetitions of the slowest rank's time, the bus bandwidth (bytes /
 * time * 2 (N-1) / N), and the CPU seconds of all ranks together. Every result is checked.
 */
final class AllReduceBenchmark {

  private static final int WARMUP = 5;

  private AllReduceBenchmark() {}

  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("rank")) {
      runRank(args);
    } else {
      start(args);
    }
  }

  private static void start(String[] args) throws Exception {
    String[] all = {"2", "11", "256", "1", "0", "1", "25", "64", "256"};
    System.arraycopy(args, 0, all, 0, Math.min(args.length, all.length));
    if (args.length > 4) {
      all = Arrays.copyOf(args, args.length);
    }
    int worldSize = Integer.parseInt(all[0]);
    Path folder = Files.createTempDirectory("all-reduce");
    List<Process> ranks = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      List<String> arguments = new ArrayList<>(List.of("rank", folder.toString(), "" + rank));
      arguments.addAll(List.of(all));
      ranks.add(ChildRank.java(AllReduceBenchmark.class, arguments).inheritIO().start());
    }
    for (Process rank : ranks) {
      rank.waitFor();
    }
  }

  private static void runRank(String[] args) throws IOException, InterruptedException {
    int rank = Integer.parseInt(args[2]);
    int worldSize = Integer.parseInt(args[3]);
    int repeats = Integer.parseInt(args[4]);
    CollectiveOptions options =
        CollectiveOptions.defaults()
            .withChunkBytes(Integer.parseInt(args[5]) << 10)
            .withStreams(Integer.parseInt(args[6]))
            .withSocketBufferBytes(Integer.parseInt(args[7]) << 10);
    try (TcpCollective collective = ChildRank.connect(Path.of(args[1]), rank, worldSize, options)) {
      for (int i = 8; i < args.length; i++) {
        measure(collective, Double.parseDouble(args[i]), repeats);
      }
      measureBarrier(collective);
    }
  }

  private static void measure(Collective collective, double megabytes, int repeats) {
    int floats = (int) (megabytes * (1 << 20) / 4);
    ByteBuffer buffer = ByteBuffer.allocateDirect(floats * 4).order(ByteOrder.LITTLE_ENDIAN);
    int warmup = megabytes < 10 ? WARMUP * 100 : WARMUP;
    double[] times = new double[repeats];
    double[] cpus = new double[repeats];
    for (int i = -warmup; i < repeats; i++) {
      fill(buffer, collective.rank() + 1);
      collective.barrier();
      long cpu = cpuNanos();
      long start = System.nanoTime();
      collective.allReduce(buffer);
      double seconds = (System.nanoTime() - start) / 1e9;
      double cpuSeconds = (cpuNanos() - cpu) / 1e9;
      double slowest = slowest(collective, seconds);
      double total = collective.sum(cpuSeconds)[0];
      if (i >= 0) {
        times[i] = slowest;
        cpus[i] = total;
      }
    }
    check(buffer, collective.worldSize());
    if (collective.rank() == 0) {
      Arrays.sort(times);
      Arrays.sort(cpus);
      double median = times[repeats / 2];
      double share = 2.0 * (collective.worldSize() - 1) / collective.worldSize();
      System.out.printf(
          Locale.ROOT,
          "world %d %6.1f MB: %8.2f ms (min %.2f, max %.2f), bus %.0f MB/s, CPU %.4f s%n",
          collective.worldSize(),
          megabytes,
          median * 1e3,
          times[0] * 1e3,
          times[repeats - 1] * 1e3,
          megabytes * (1 << 20) / 1e6 / median * share,
          cpus[repeats / 2]);
    }
  }

  private static void measureBarrier(Collective collective) {
    int count = 2000;
    for (int i = 0; i < count; i++) {
      collective.barrier();
    }
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      collective.barrier();
    }
    if (collective.rank() == 0) {
      System.out.printf("barrier: %.3f ms%n", (System.nanoTime() - start) / 1e6 / count);
    }
  }

  private static double slowest(Collective collective, double seconds) {
    byte[] mine = ByteBuffer.allocate(8).putDouble(seconds).array();
    return collective.allGather(mine).stream()
        .mapToDouble(bytes -> ByteBuffer.wrap(bytes).getDouble())
        .max()
        .orElseThrow();
  }

  private static void fill(ByteBuffer buffer, int first) {
    for (int i = 0; i < buffer.capacity() / 4; i++) {
      buffer.putFloat(i * 4, i % 1000 + first);
    }
  }

  private static void check(ByteBuffer buffer, int worldSize) {
    for (int i = 0; i < buffer.capacity() / 4; i++) {
      float expected = i % 1000 * worldSize + worldSize * (worldSize + 1) / 2;
      if (buffer.getFloat(i * 4) != expected) {
        throw new IllegalStateException(
            "Element " + i + " is " + buffer.getFloat(i * 4) + ", not " + expected + ".");
      }
    }
  }

  /** Of this thread, since it does all the work; the process's clock ticks in 10 ms. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
