package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class RingTest {
  private static final int CHUNK = 8;

  private final ByteBuffer memory =
      ByteBuffer.allocateDirect(64 + Ring.bytes(CHUNK)).order(ByteOrder.LITTLE_ENDIAN);
  private final Ring sender = new Ring(memory, 64, CHUNK);
  private final Ring receiver = new Ring(memory, 64, CHUNK);

  private void fill(float value) {
    sender.fill(Floats.buffer(new float[] {value, -value}));
  }

  private float empty() {
    ByteBuffer target = Floats.zeros(2);
    receiver.empty(target);
    return target.getFloat(0);
  }

  @Test
  void chunks_come_out_in_the_order_in_which_they_went_in() {
    for (int i = 0; i < 10 * Ring.SLOTS; i += 2) {
      fill(i);
      fill(i + 1);
      assertThat(empty()).isEqualTo(i);
      assertThat(empty()).isEqualTo(i + 1);
    }
  }

  @Test
  void a_full_ring_has_room_again_when_a_chunk_is_released_and_its_sender_is_woken_once() {
    for (int i = 0; i < Ring.SLOTS; i++) {
      assertThat(sender.hasRoom()).isTrue();
      fill(i);
    }
    assertThat(sender.hasRoom()).isFalse();
    assertThat(receiver.lend().floats().get(1)).isZero();
    assertThat(receiver.lend().floats().get(1)).isEqualTo(-1);
    assertThat(sender.hasRoom()).as("lent chunks are not free").isFalse();
    assertThat(receiver.release()).as("the sender waits").isTrue();
    assertThat(receiver.release()).as("it has been woken").isFalse();
    assertThat(sender.hasRoom()).isTrue();
  }

  @Test
  void a_sender_that_does_not_wait_is_not_woken() {
    fill(1);
    assertThat(receiver.empty(Floats.zeros(2))).isFalse();
  }
}
