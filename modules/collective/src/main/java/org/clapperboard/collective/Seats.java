package org.clapperboard.collective;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The connections that a rank needs, per peer those for data and the lifeline last. */
final class Seats {

  private final Membership members;
  private final CollectiveOptions options;
  private final SocketChannel[][] channels;
  private final Seals[][] seals;
  private int missing;

  Seats(Membership members, CollectiveOptions options) {
    this.members = members;
    this.options = options;
    this.channels = new SocketChannel[members.worldSize()][perPeer(options)];
    this.seals = new Seals[members.worldSize()][perPeer(options)];
    this.missing = (members.worldSize() - 1) * perPeer(options);
  }

  static int perPeer(CollectiveOptions options) {
    return options.streams() + 1;
  }

  /** How many connections are still to come. */
  int missing() {
    return missing;
  }

  boolean isFree(int peer, int stream) {
    return channels[peer][stream] == null;
  }

  void take(int peer, int stream, SocketChannel channel, Seals sealing) {
    channels[peer][stream] = channel;
    seals[peer][stream] = sealing;
    missing--;
  }

  /** The ranks that lack a connection. */
  List<Integer> absentRanks() {
    List<Integer> absent = new ArrayList<>();
    for (int peer = 0; peer < channels.length; peer++) {
      if (peer != members.rank() && open(peer).size() < channels[peer].length) {
        absent.add(peer);
      }
    }
    return absent;
  }

  /** All connections, ready for operations. */
  Mesh mesh() throws IOException {
    List<Link> links = new ArrayList<>();
    List<Lifeline> lifelines = new ArrayList<>();
    for (int distance = 1; distance < members.worldSize(); distance++) {
      int peer = (members.rank() + distance) % members.worldSize();
      String label = members.describe(peer);
      for (int stream = 0; stream < options.streams(); stream++) {
        Seals sealing = seals[peer][stream];
        links.add(new Link(channels[peer][stream], sealing, peer, label, stream, options));
      }
      int last = options.streams();
      lifelines.add(new Lifeline(channels[peer][last], seals[peer][last], peer, label));
    }
    Mesh mesh =
        new Mesh(Selector.open(), links.toArray(Link[]::new), lifelines.toArray(Lifeline[]::new));
    mesh.register();
    return mesh;
  }

  void close() {
    for (int peer = 0; peer < channels.length; peer++) {
      for (SocketChannel channel : open(peer)) {
        Mesh.closeQuietly(channel);
      }
    }
  }

  private List<SocketChannel> open(int peer) {
    return Arrays.stream(channels[peer]).filter(Objects::nonNull).toList();
  }
}
