package org.clapperboard.collective;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where one rank listens.
 *
 * @param host a name or address that the other ranks can reach
 * @param port its port
 * @param name how messages call it, e.g. {@code host-b:40123}
 */
public record Peer(String host, int port, String name) {

  public Peer {
    if (host.isBlank()) {
      throw new IllegalArgumentException("host is blank (expected: a name or an address).");
    }
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("port is " + port + " (expected: 1 to 65535).");
    }
  }

  /** The peers of each host one after the other, hosts as they first occur. */
  public static List<Peer> byHost(List<Peer> peers) {
    return peers.stream()
        .collect(Collectors.groupingBy(Peer::host, LinkedHashMap::new, Collectors.toList()))
        .values()
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /** A rank whose messages call it by host and port. */
  public Peer(String host, int port) {
    this(host, port, host + ":" + port);
  }
}
