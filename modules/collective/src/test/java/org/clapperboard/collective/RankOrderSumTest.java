package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankOrderSumTest {

  private static final int CHUNK_FLOATS = 3000;
  private static final int WORLD_SIZE = 4;
  private static final int OWNER = 2;

  @Test
  void the_order_of_arrival_does_not_change_a_bit() {
    int count = 20_011;
    float[] expected = Floats.sum(8, WORLD_SIZE, count);
    for (int seed = 0; seed < 5; seed++) {
      ByteBuffer data = Floats.buffer(Floats.ofRank(8, OWNER, count));
      RankOrderSum sum = new RankOrderSum(OWNER, WORLD_SIZE, CHUNK_FLOATS * Float.BYTES);
      sum.beginAdding(data, 0, data.capacity(), RankOrderSum.Rounding.NONE);
      deliverInRandomOrder(sum, count, new Random(seed));

      assertThat(Floats.array(data)).isEqualTo(expected);
      assertThat(sum.isDone()).isTrue();
    }
  }

  @Test
  void a_peer_far_ahead_finds_no_room() {
    RankOrderSum sum = new RankOrderSum(0, 2, 16);
    sum.beginAdding(ByteBuffer.allocateDirect(16 * 20), 0, 16 * 20, RankOrderSum.Rounding.NONE);

    assertThat(sum.hasRoomFor(3)).isTrue();
    assertThat(sum.hasRoomFor(4)).isFalse();
    sum.roomFor(1, 0, 16);
    sum.arrived(0);
    assertThat(sum.advance()).isTrue();
    assertThat(sum.finished()).isEqualTo(1);
    assertThat(sum.hasRoomFor(4)).isTrue();
  }

  @Test
  void what_is_only_copied_is_final_at_once() {
    RankOrderSum sum = new RankOrderSum(0, 3, 16);
    sum.beginCopying(16 * 5, 0);

    assertThat(sum.isAdding()).isFalse();
    assertThat(sum.isDone()).isFalse();
    assertThat(sum.advance()).isTrue();
    assertThat(sum.finished()).isEqualTo(5);
    assertThat(sum.isDone()).isTrue();
  }

  private static void deliverInRandomOrder(RankOrderSum sum, int count, Random random) {
    int[] next = new int[WORLD_SIZE];
    int chunks = Flow.chunksOf(count, CHUNK_FLOATS);
    while (!sum.isDone()) {
      int peer = random.nextInt(WORLD_SIZE);
      int chunk = next[peer];
      if (peer != OWNER && chunk < chunks && sum.hasRoomFor(chunk)) {
        int start = chunk * CHUNK_FLOATS;
        int size = Math.min(CHUNK_FLOATS, count - start) * Float.BYTES;
        ByteBuffer part = Floats.buffer(Floats.ofRank(8, peer, count));
        sum.roomFor(peer, chunk, size).put(part.slice(start * Float.BYTES, size));
        sum.arrived(chunk);
        next[peer]++;
      }
      sum.advance();
    }
  }
}
