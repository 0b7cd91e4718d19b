package org.clapperboard.collective;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Who is in the job.
 *
 * @param rank this rank
 * @param peers where the ranks listen, in rank order, this one included
 */
record Membership(int rank, List<Peer> peers) {

  Membership {
    peers = List.copyOf(peers);
    Arguments.requireRank("rank", rank, peers.size());
  }

  /** The other ranks of a rank's host, as far as addresses tell. */
  List<Integer> neighbours(int anyRank) {
    String host = peers.get(anyRank).host();
    return IntStream.range(0, peers.size())
        .filter(peer -> peer != anyRank && peers.get(peer).host().equals(host))
        .boxed()
        .toList();
  }

  int worldSize() {
    return peers.size();
  }

  /** A rank as messages name it: {@code rank 3 (host-b:40123)}. */
  String describe(int anyRank) {
    return "rank " + anyRank + " (" + peers.get(anyRank).name() + ")";
  }
}
