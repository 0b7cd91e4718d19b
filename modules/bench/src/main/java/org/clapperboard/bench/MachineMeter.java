package org.clapperboard.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.SameHost;
import org.clapperboard.collective.TcpCollective;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;

/**
 * What this machine can do of what a simulation of many ranks starts from: matrix products, our
 * collective between two ranks over loopback, writing to a folder. Medians of rounds.
 *
 * @param folder where the store is
 * @param threads of the tensor engine
 * @param matrix rows and columns of the matrices
 * @param megabytes that are exchanged and written at once
 * @param rounds rounds that count
 */
record MachineMeter(Path folder, int threads, int matrix, int megabytes, int rounds) {
  /** As between hosts; within one, memory would be cheaper. */
  private static final CollectiveOptions OVER_TCP =
      CollectiveOptions.defaults().withSameHost(SameHost.TCP);

  private static final int WARM = 2;
  private static final int RANKS = 2;
  private static final int BARRIERS = 200;
  private static final int FLOAT32 = 6;
  private static final int BFLOAT16 = 15;
  private static final int BLOCK = 1 << 20;

  /** All that can be measured here. */
  Map<ScaleFigure, Double> measure() throws IOException {
    Map<ScaleFigure, Double> found = new EnumMap<>(ScaleFigure.class);
    TorchEngine.start(threads);
    found.put(ScaleFigure.FP32, products(FLOAT32) / 1e12);
    found.put(ScaleFigure.BF16, products(BFLOAT16) / 1e12);
    Exchanged exchanged = exchange();
    double gigabytes = bytes() / 1e9;
    found.put(ScaleFigure.LOOPBACK, gigabytes / exchanged.seconds());
    found.put(ScaleFigure.CPU_PER_GB, exchanged.processorSeconds() / gigabytes);
    found.put(ScaleFigure.LATENCY, exchanged.barrierSeconds() * 1e6);
    found.put(ScaleFigure.STORE, gigabytes / store());
    return found;
  }

  private int bytes() {
    return megabytes * BLOCK;
  }

  /** Operations a second of a product of square matrices, as training runs it. */
  private double products(int dtype) {
    Pack pack = Pack.load("products");
    // With gradients recorded, as training has it: without, bfloat16 may go another way.
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            NDArray x = pack.tensor(scope, "matrix", matrix, dtype);
            NDArray w = pack.tensor(scope, "matrix", matrix, dtype);
            List<Double> seconds = new ArrayList<>();
            for (int round = -WARM; round < rounds; round++) {
              long start = System.nanoTime();
              pack.tensor(scope, "product", x, w).close();
              if (round >= 0) {
                seconds.add((System.nanoTime() - start) / 1e9);
              }
            }
            return 2 * Math.pow(matrix, 3) / Spread.of(seconds).median();
          }
        });
  }

  /** What a rank spent on an all-reduce, of which it sends as many bytes as the buffer has. */
  private record Exchanged(double seconds, double processorSeconds, double barrierSeconds) {}

  private Exchanged exchange() throws IOException {
    InetAddress local = InetAddress.getLoopbackAddress();
    List<ServerSocketChannel> listeners = new ArrayList<>();
    List<Peer> peers = new ArrayList<>();
    for (int rank = 0; rank < RANKS; rank++) {
      ServerSocketChannel listener = TcpCollective.listen(local);
      listeners.add(listener);
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      peers.add(new Peer(local.getHostAddress(), port));
    }
    JobKey key = JobKey.random("measurement");
    ExecutorService threads = Executors.newFixedThreadPool(RANKS);
    try {
      List<Callable<Exchanged>> ranks = new ArrayList<>();
      for (int i = 0; i < RANKS; i++) {
        int rank = i;
        ranks.add(() -> rank(listeners.get(rank), rank, peers, key));
      }
      // Both work at the same time; the first tells the time of a whole, since barriers part them.
      List<Exchanged> all = new ArrayList<>();
      for (Future<Exchanged> rank : threads.invokeAll(ranks)) {
        all.add(rank.get());
      }
      double processor = all.stream().mapToDouble(Exchanged::processorSeconds).average().orElse(0);
      return new Exchanged(all.get(0).seconds(), processor, all.get(0).barrierSeconds());
    } catch (ExecutionException e) {
      throw new WorkerLost(
          "Cannot measure the exchange over loopback: " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkerLost("Cannot measure the exchange over loopback: interrupted.", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private Exchanged rank(ServerSocketChannel listener, int rank, List<Peer> peers, JobKey key) {
    try (TcpCollective ranks = TcpCollective.connect(listener, rank, peers, key, OVER_TCP)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes()).order(ByteOrder.LITTLE_ENDIAN);
      List<Double> seconds = new ArrayList<>();
      List<Double> processor = new ArrayList<>();
      for (int round = -WARM; round < rounds; round++) {
        ranks.barrier();
        long spent = processorNanos();
        long start = System.nanoTime();
        ranks.allReduce(buffer);
        double time = (System.nanoTime() - start) / 1e9;
        if (round >= 0) {
          seconds.add(time);
          processor.add((processorNanos() - spent) / 1e9);
        }
      }
      List<Double> barriers = new ArrayList<>();
      for (int i = -BARRIERS; i < BARRIERS; i++) {
        long start = System.nanoTime();
        ranks.barrier();
        if (i >= 0) {
          barriers.add((System.nanoTime() - start) / 1e9);
        }
      }
      return new Exchanged(
          Spread.of(seconds).median(), Spread.of(processor).median(), Spread.of(barriers).median());
    }
  }

  /** Of this thread: a collective has no others. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Seconds until a file is on the disk, with its sum, as a checkpoint has one. */
  private double store() throws IOException {
    Path file = folder.resolve("store-rate");
    byte[] block = new byte[BLOCK];
    List<Double> seconds = new ArrayList<>();
    try {
      for (int round = 0; round < rounds; round++) {
        long start = System.nanoTime();
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
          OutputStream out = new DigestOutputStream(Channels.newOutputStream(channel), sum());
          for (int i = 0; i < megabytes; i++) {
            out.write(block);
          }
          channel.force(true);
        }
        seconds.add((System.nanoTime() - start) / 1e9);
        Files.delete(file);
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return Spread.of(seconds).median();
  }

  private static MessageDigest sum() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
