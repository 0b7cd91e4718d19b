package org.clapperboard.nccl;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
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
final class TcpRanks {

  /** What one rank does. */
  interface Work<T> {
    T run(Collective ranks) throws Exception;
  }

  private TcpRanks() {}

  /** What each rank returned, or threw. */
  static <T> List<Object> run(int worldSize, Work<T> work) throws Exception {
    JobKey key = JobKey.random("test");
    List<ServerSocketChannel> listeners = new ArrayList<>();
    List<Peer> peers = new ArrayList<>();
    for (int rank = 0; rank < worldSize; rank++) {
      ServerSocketChannel listener = TcpCollective.listen(InetAddress.getLoopbackAddress());
      listeners.add(listener);
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
      peers.add(new Peer("127.0.0.1", port));
    }
    ExecutorService threads = Executors.newFixedThreadPool(worldSize);
    try {
      List<Future<Object>> futures = new ArrayList<>();
      for (int rank = 0; rank < worldSize; rank++) {
        int own = rank;
        futures.add(
            threads.submit(
                () -> {
                  CollectiveOptions options = CollectiveOptions.defaults();
                  try (Collective ranks =
                      TcpCollective.connect(listeners.get(own), own, peers, key, options)) {
                    return work.run(ranks);
                  } catch (Exception e) {
                    return e;
                  }
                }));
      }
      List<Object> results = new ArrayList<>();
      for (Future<Object> future : futures) {
        results.add(future.get(60, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
