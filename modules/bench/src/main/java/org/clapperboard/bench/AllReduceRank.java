package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.clapperboard.app.Console;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.Encryption;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.Route;
import org.clapperboard.collective.SameHost;
import org.clapperboard.collective.TcpCollective;

/**
 * One rank of our collective as a process of its own, which does what its standard input says:
 * {@code RANK SECRET ENCRYPTION SAME_HOST ROUTE STREAMS} are its arguments, it tells its port, is
 * told those of all, and then answers lines {@code BYTES TIMES} as the peer {@code allreduce.py}
 * does.
 */
final class AllReduceRank {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PERIOD = 1000;

  /** Sums grow with every all-reduce; so small, a hundred doublings have room. */
  private static final float SMALL = 0x1p-60f;

  private final TcpCollective ranks;
  private FloatBuffer floats = FloatBuffer.allocate(0);
  private ByteBuffer bytes = ByteBuffer.allocateDirect(0);

  private AllReduceRank(TcpCollective ranks) {
    this.ranks = ranks;
  }

  /** Runs the rank until its standard input ends. */
  public static void main(String[] arguments) throws IOException {
    Console console = new Console();
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int rank = Integer.parseInt(arguments[0]);
    JobKey key = JobKey.of("all-reduce", HexFormat.of().parseHex(arguments[1]));
    CollectiveOptions options =
        CollectiveOptions.defaults()
            .withEncryption(Encryption.valueOf(arguments[2]))
            .withSameHost(SameHost.valueOf(arguments[3]))
            .withRoute(Route.valueOf(arguments[4]))
            .withStreams(Integer.parseInt(arguments[5]));
    InetAddress local = InetAddress.getLoopbackAddress();
    ServerSocketChannel listener = TcpCollective.listen(local);
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    console.line("%s", JSON.writeValueAsString(Map.of("port", port)));
    List<Peer> peers = new ArrayList<>();
    for (String other : requests.readLine().split(" ", -1)) {
      peers.add(new Peer(local.getHostAddress(), Integer.parseInt(other)));
    }
    try (TcpCollective ranks = TcpCollective.connect(listener, rank, peers, key, options)) {
      AllReduceRank own = new AllReduceRank(ranks);
      for (String line = requests.readLine(); line != null; line = requests.readLine()) {
        String[] asked = line.split(" ", 2);
        Contender.Lap lap = own.reduce(Integer.parseInt(asked[0]), Integer.parseInt(asked[1]));
        Map<String, Double> answer =
            Map.of("seconds", lap.seconds(), "cpu_seconds", lap.processorSeconds());
        console.line("%s", JSON.writeValueAsString(answer));
      }
    }
  }

  private Contender.Lap reduce(int size, int times) throws IOException {
    if (bytes.capacity() != size) {
      bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
      floats = bytes.asFloatBuffer();
    }
    fill();
    ranks.barrier();
    Contender.Lap all =
        Contender.Lap.of(
            () -> {
              for (int i = 0; i < times; i++) {
                ranks.allReduce(bytes);
              }
            });
    check(times);
    return new Contender.Lap(all.seconds() / times, all.processorSeconds() / times);
  }

  private void fill() {
    for (int i = 0; i < floats.capacity(); i++) {
      floats.put(i, (i % PERIOD + ranks.rank() + 1) * SMALL);
    }
  }

  private void check(int times) {
    int size = ranks.worldSize();
    float growth = SMALL * (float) Math.pow(size, times - 1.0);
    for (int i = 0; i < floats.capacity(); i++) {
      float expected = (i % PERIOD * size + size * (size + 1) / 2) * growth;
      if (floats.get(i) != expected) {
        throw new IllegalStateException(
            "element " + i + " is " + floats.get(i) + ", not " + expected);
      }
    }
  }
}
