package org.clapperboard.collective;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The ranks of one job as threads of this JVM, over real sockets. */
final class Ranks implements AutoCloseable {

  /** What one rank does. */
  interface Work<T> {
    T run(TcpCollective collective) throws Exception;
  }

  /** Short deadlines, chunks so small that little data takes many, and all of them over TCP. */
  static final CollectiveOptions OPTIONS =
      CollectiveOptions.defaults()
          .withConnectTimeout(Duration.ofSeconds(20))
          .withDeadline(Duration.ofSeconds(20))
          .withChunkBytes(1024)
          .withSameHost(SameHost.TCP);

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  final List<ServerSocketChannel> listeners = new ArrayList<>();
  final List<Peer> peers = new ArrayList<>();
  final JobKey key;

  private final CollectiveOptions options;
  private final ExecutorService threads = Executors.newCachedThreadPool();

  Ranks(int worldSize, CollectiveOptions options) {
    this(JobKey.random("test"), worldSize, options);
  }

  Ranks(JobKey key, int worldSize, CollectiveOptions options) {
    this.key = key;
    this.options = options;
    for (int rank = 0; rank < worldSize; rank++) {
      listeners.add(TcpCollective.listen(InetAddress.getLoopbackAddress()));
      peers.add(new Peer("127.0.0.1", port(listeners.get(rank)), "host-" + rank));
    }
  }

  /** Runs the same work on all ranks and returns what each returned. */
  static <T> List<T> run(int worldSize, CollectiveOptions options, Work<T> work) throws Exception {
    try (Ranks ranks = new Ranks(worldSize, options)) {
      List<Future<T>> futures = new ArrayList<>();
      for (int rank = 0; rank < worldSize; rank++) {
        futures.add(ranks.start(rank, work));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(result(future));
      }
      return results;
    }
  }

  <T> Future<T> start(int rank, Work<T> work) {
    return start(rank, peers, work);
  }

  /** Starts a rank that looks for the others at given places. */
  <T> Future<T> start(int rank, List<Peer> places, Work<T> work) {
    return start(
        () -> {
          try (TcpCollective collective =
              TcpCollective.connect(listeners.get(rank), rank, places, key, options)) {
            return work.run(collective);
          }
        });
  }

  <T> Future<T> start(Callable<T> work) {
    return threads.submit(work);
  }

  TcpCollective connect(int rank) {
    return TcpCollective.connect(listeners.get(rank), rank, peers, key, options);
  }

  static <T> T result(Future<T> future) throws Exception {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("A rank hangs.", e);
    }
  }

  /** What a rank threw; fails if it threw nothing. */
  static Throwable failure(Future<?> future) throws Exception {
    try {
      Object value = result(future);
      throw new AssertionError("The rank returned " + value + " instead of failing.");
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  static int port(ServerSocketChannel listener) {
    try {
      return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    } catch (IOException e) {
      throw new IllegalStateException("The listener is closed.", e);
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    for (ServerSocketChannel listener : listeners) {
      listener.close();
    }
  }
}
