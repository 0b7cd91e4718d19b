package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowTest {

  @Test
  void the_streams_of_a_pair_share_the_chunks_of_a_slice() {
    for (int streams = 1; streams < 4; streams++) {
      for (int length = 0; length < 50; length++) {
        boolean[] covered = new boolean[length];
        long bytes = 0;
        for (int stream = 0; stream < streams; stream++) {
          Flow flow = new Flow(8, stream, streams);
          flow.plan(100, length);
          bytes += flow.bytes();
          while (!flow.isDone()) {
            for (int i = 0; i < flow.size(); i++) {
              assertThat(covered[flow.offset() - 100 + i]).isFalse();
              covered[flow.offset() - 100 + i] = true;
            }
            flow.advance();
          }
        }
        assertThat(covered).doesNotContain(false);
        assertThat(bytes).isEqualTo(length);
      }
    }
  }

  @Test
  void a_range_goes_on_at_the_beginning_of_the_buffer() {
    for (int streams = 1; streams < 4; streams++) {
      boolean[] covered = new boolean[60];
      for (int stream = 0; stream < streams; stream++) {
        Flow flow = new Flow(8, stream, streams);
        flow.plan(40, 20, 30);
        while (!flow.isDone()) {
          assertThat(flow.position()).isEqualTo(Math.floorMod(flow.offset() - 40, 60));
          for (int i = 0; i < flow.size(); i++) {
            assertThat(covered[flow.offset() + i]).isFalse();
            covered[flow.offset() + i] = true;
          }
          flow.advance();
        }
        assertThat(flow.position()).isEqualTo(50);
      }
      for (int i = 0; i < 60; i++) {
        assertThat(covered[i]).isEqualTo(i < 30 || i >= 40);
      }
    }
  }

  @Test
  void an_empty_slice_has_one_empty_chunk() {
    Flow flow = new Flow(8, 0, 1);
    flow.plan(3, 0);

    assertThat(flow.isDone()).isFalse();
    assertThat(flow.size()).isZero();
    flow.advance();
    assertThat(flow.isDone()).isTrue();
  }

  @Test
  void the_largest_buffer_is_walked_to_its_end() {
    Flow flow = new Flow(1 << 20, 0, 1);
    flow.plan(7, Integer.MAX_VALUE - 7);
    long bytes = 0;
    int end = 0;
    while (!flow.isDone()) {
      bytes += flow.size();
      end = flow.offset() + flow.size();
      flow.advance();
    }

    assertThat(end).isEqualTo(Integer.MAX_VALUE);
    assertThat(bytes).isEqualTo(Integer.MAX_VALUE - 7).isEqualTo(flow.bytes());
  }

  @Test
  void nothing_planned_is_done() {
    Flow flow = new Flow(8, 1, 2);
    flow.planNothing();

    assertThat(flow.isDone()).isTrue();
    assertThat(flow.bytes()).isZero();
  }
}
