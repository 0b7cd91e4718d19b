package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTest {
  private static final int CHUNK = 1 << 18;
  private static final int LARGE = 1 << 30;

  private static Route of(Route route, Operation operation, int bytes, Wire wire, String... hosts) {
    List<Peer> peers = Arrays.stream(hosts).map(host -> new Peer(host, 1)).toList();
    return route.of(operation, bytes, wire, new Membership(0, peers), CHUNK);
  }

  private static Route auto(String... hosts) {
    return of(Route.AUTO, Operation.ALL_REDUCE, LARGE, Wire.FP32, hosts);
  }

  @Test
  void the_ring_is_taken_where_neighbouring_ranks_share_hosts() {
    // Directly, each host of 4 sends 4 x 4/8 = 2 buffers; along the ring one.
    assertThat(auto("a", "a", "a", "a", "b", "b", "b", "b")).isEqualTo(Route.RING);
    assertThat(auto("a", "b", "a", "b", "a", "b", "a", "b")).isEqualTo(Route.DIRECT);
    assertThat(auto("a", "a", "b", "b")).isEqualTo(Route.DIRECT);
    assertThat(auto("a", "a", "a", "a")).isEqualTo(Route.DIRECT);
    assertThat(auto("a", "b", "c", "d", "e")).isEqualTo(Route.DIRECT);
  }

  @Test
  void what_is_small_or_rounded_or_no_large_operation_goes_directly() {
    String[] hosts = {"a", "a", "a", "a", "b", "b", "b", "b"};
    int small = 8 * CHUNK - 8;
    assertThat(of(Route.AUTO, Operation.ALL_GATHER, small, Wire.FP32, hosts))
        .isEqualTo(Route.DIRECT);
    assertThat(of(Route.AUTO, Operation.ALL_GATHER, 8 * CHUNK, Wire.FP32, hosts))
        .isEqualTo(Route.RING);
    assertThat(of(Route.RING, Operation.REDUCE_SCATTER, LARGE, Wire.BF16, hosts))
        .isEqualTo(Route.DIRECT);
    assertThat(of(Route.RING, Operation.BROADCAST, LARGE, Wire.FP32, hosts))
        .isEqualTo(Route.DIRECT);
  }

  @Test
  void who_asks_for_a_way_gets_it_where_there_is_one() {
    assertThat(of(Route.RING, Operation.ALL_REDUCE, 4, Wire.FP32, "a", "b", "c"))
        .isEqualTo(Route.RING);
    assertThat(of(Route.RING, Operation.ALL_REDUCE, LARGE, Wire.FP32, "a", "b"))
        .isEqualTo(Route.DIRECT);
    assertThat(of(Route.DIRECT, Operation.ALL_REDUCE, LARGE, Wire.FP32, "a", "a", "a", "b"))
        .isEqualTo(Route.DIRECT);
  }
}
