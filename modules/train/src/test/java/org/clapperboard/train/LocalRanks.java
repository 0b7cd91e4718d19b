package org.clapperboard.train;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.TcpCollective;

/** The ranks of a job as threads of this JVM, over real sockets. */
public final class LocalRanks {
  private LocalRanks() {}

  /** What one rank does. */
  public interface Work {
    /** Runs it. */
    void run(Collective ranks) throws Exception;
  }

  /** Runs the same work on all ranks; throws what the first of them threw that failed by itself. */
  public static void run(int worldSize, Work work) throws Exception {
    JobKey key = JobKey.random("test");
    List<ServerSocketChannel> listeners = new ArrayList<>();
    List<Peer> peers = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      ServerSocketChannel listener = TcpCollective.listen(InetAddress.getLoopbackAddress());
      listeners.add(listener);
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      peers.add(new Peer("127.0.0.1", address.getPort()));
    }
    ExecutorService threads = Executors.newFixedThreadPool(worldSize);
    List<Throwable> failures = new ArrayList<>();
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int rank = 0; rank < worldSize; rank++) {
        int own = rank;
        running.add(
            threads.submit(
                () -> {
                  try (Collective ranks =
                      TcpCollective.connect(
                          listeners.get(own), own, peers, key, CollectiveOptions.defaults())) {
                    work.run(ranks);
                  } catch (Throwable e) {
                    synchronized (failures) {
                      failures.add(e);
                    }
                    throw e;
                  }
                  return null;
                }));
      }
      for (Future<?> rank : running) {
        rank.get(5, TimeUnit.MINUTES);
      }
    } catch (ExecutionException e) {
      throw new AssertionError("A rank failed: " + failures.get(0), failures.get(0));
    } finally {
      threads.shutdownNow();
    }
  }
}
