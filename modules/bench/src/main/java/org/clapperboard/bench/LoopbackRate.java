package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.config.WorkerLost;

/**
 * What one TCP connection carries over the loopback interface: by sockets of ours, and by iperf3
 * where it is installed.
 *
 * @param megabytes of 2^20 bytes that are sent at once
 */
record LoopbackRate(int megabytes) {
  private static final int MEGABYTE = 1 << 20;
  private static final int TRIES = 20;
  private static final String PROGRAM = "iperf3";

  /** GB/s by who sends. */
  Map<String, Spread> measure(int warm, int rounds) throws IOException {
    List<Contender> contenders = new ArrayList<>(List.of(new Contender("ours", this::send)));
    if (!Machine.told(PROGRAM, "--version").isEmpty()) {
      contenders.add(new Contender(PROGRAM, LoopbackRate::iperf));
    }
    Map<String, Spread> rates = new LinkedHashMap<>();
    Contender.rounds(contenders, warm, rounds)
        .forEach(
            (name, laps) ->
                rates.put(name, Spread.of(laps.stream().map(lap -> 1 / lap.seconds()).toList())));
    return rates;
  }

  /** What a GB takes, until the other side has all. */
  private Lap send() throws IOException {
    InetAddress local = InetAddress.getLoopbackAddress();
    try (ServerSocketChannel server =
            ServerSocketChannel.open().bind(new InetSocketAddress(local, 0));
        SocketChannel sender = SocketChannel.open(server.getLocalAddress());
        SocketChannel receiver = server.accept()) {
      Lap lap =
          Lap.of(
              () -> {
                CompletableFuture<Void> received =
                    CompletableFuture.runAsync(() -> receive(receiver));
                ByteBuffer block = ByteBuffer.allocateDirect(MEGABYTE);
                for (int i = 0; i < megabytes; i++) {
                  block.clear();
                  while (block.hasRemaining()) {
                    sender.write(block);
                  }
                }
                sender.shutdownOutput();
                received.join();
              });
      double gigabytes = (double) megabytes * MEGABYTE / 1e9;
      return new Lap(lap.seconds() / gigabytes, lap.processorSeconds() / gigabytes);
    }
  }

  private static void receive(SocketChannel channel) {
    ByteBuffer block = ByteBuffer.allocateDirect(MEGABYTE);
    try {
      while (channel.read(block.clear()) >= 0) {
        block.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Lap iperf() throws IOException {
    String port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = String.valueOf(free.getLocalPort());
    }
    Process server =
        new ProcessBuilder(PROGRAM, "-s", "-1", "-B", "127.0.0.1", "-p", port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      // Nothing tells when it listens, and one that asks too early is told so.
      for (int i = 0; i < TRIES; i++) {
        TimeUnit.MILLISECONDS.sleep(100);
        String told = Machine.told(PROGRAM, "-c", "127.0.0.1", "-p", port, "-t", "1", "-J");
        double bits =
            new ObjectMapper()
                .readTree(told.isEmpty() ? "{}" : told)
                .at("/end/sum_received/bits_per_second")
                .asDouble();
        if (bits > 0) {
          double seconds = 8e9 / bits;
          return new Lap(seconds, seconds);
        }
      }
      throw new WorkerLost("Cannot measure loopback by iperf3: its server does not answer.");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WorkerLost("Cannot measure loopback by iperf3: interrupted.", e);
    } finally {
      server.destroy();
    }
  }
}
