package org.clapperboard.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameTest {

  private static final Call CALL =
      new Call(
          Operation.ALL_GATHER,
          "step 1",
          9,
          ByteBuffer.allocate(400),
          Slices.ofLengths(60, 40),
          4,
          -1,
          Wire.FP32,
          Route.DIRECT);

  @Test
  void a_data_frame_comes_back_as_it_went() throws Exception {
    Frame frame = new Frame();
    frame.read(header(CALL));

    assertThat(frame.kind).isEqualTo(Frame.DATA);
    assertThat(frame.leg).isEqualTo(Frame.FROM_OWNER);
    assertThat(frame.place).isEqualTo(Frame.SHARED);
    assertThat(frame.chunk).isEqualTo(5);
    assertThat(frame.payloadBytes).isEqualTo(240);
    assertThat(frame.differenceFrom(CALL, "rank 0")).isNull();
  }

  @Test
  void the_first_difference_is_told() throws Exception {
    Frame frame = new Frame();
    frame.read(header(CALL));

    assertThat(frame.differenceFrom(with(Operation.ALL_GATHER, "step 1", 10, 400, 60), "rank 0"))
        .isEqualTo(
            "runs all-gather as operation 9 (400 bytes) "
                + "while rank 0 runs all-gather as operation 10 (400 bytes)");
    assertThat(frame.differenceFrom(with(Operation.BARRIER, "step 1", 9, 400, 60), "rank 0"))
        .isEqualTo(
            "runs all-gather as operation 9 (400 bytes) "
                + "while rank 0 runs barrier as operation 9 (400 bytes)");
    assertThat(frame.differenceFrom(with(Operation.ALL_GATHER, "step 1", 9, 404, 61), "rank 0"))
        .isEqualTo("brings 400 bytes while rank 0 brings 404");
    assertThat(frame.differenceFrom(with(Operation.ALL_GATHER, "step 2", 9, 400, 60), "rank 0"))
        .isEqualTo("runs it in another phase than rank 0");
    assertThat(frame.differenceFrom(with(Operation.ALL_GATHER, "step 1", 9, 400, 61), "rank 0"))
        .isEqualTo("has other slices or another root than rank 0");
  }

  @Test
  void an_abort_frame_carries_a_reason_of_bounded_size() throws Exception {
    byte[] reason = "x".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = Frame.spoken(Frame.ABORT, reason);
    Frame frame = new Frame();
    frame.read(bytes);

    assertThat(frame.kind).isEqualTo(Frame.ABORT);
    assertThat(frame.payloadBytes).isEqualTo(Frame.MAX_REASON_BYTES).isEqualTo(bytes.remaining());
  }

  @Test
  void noise_is_no_frame() {
    Random random = new Random(3);
    Frame frame = new Frame();
    for (int i = 0; i < 1000; i++) {
      byte[] noise = new byte[Frame.HEADER_BYTES];
      random.nextBytes(noise);
      assertThatThrownBy(() -> frame.read(ByteBuffer.wrap(noise)))
          .isInstanceOf(ProtocolException.class)
          .hasMessage("sent something that is no frame");
    }
  }

  @Test
  void impossible_kinds_and_sizes_are_no_frames() {
    for (int kind : new int[] {0, 6, -1}) {
      assertNoFrame(header(CALL).put(4, (byte) kind));
    }
    assertNoFrame(header(CALL).putInt(28, -1));
    assertNoFrame(header(CALL).put(4, (byte) Frame.ABORT).putInt(28, Frame.MAX_REASON_BYTES + 1));
    assertNoFrame(header(CALL).put(4, (byte) Frame.GOODBYE).putInt(28, 1));
  }

  private static void assertNoFrame(ByteBuffer bytes) {
    assertThatThrownBy(() -> new Frame().read(bytes))
        .isInstanceOf(ProtocolException.class)
        .hasMessage("sent something that is no frame");
  }

  private static ByteBuffer header(Call call) {
    ByteBuffer out = ByteBuffer.allocate(Frame.HEADER_BYTES);
    Frame.putData(out, call, Frame.FROM_OWNER, Frame.SHARED, 5, 240);
    return out.flip();
  }

  private static Call with(
      Operation operation, String phase, int sequence, int bytes, int firstLength) {
    Slices slices = Slices.ofLengths(firstLength, bytes / 4 - firstLength);
    return new Call(
        operation,
        phase,
        sequence,
        ByteBuffer.allocate(bytes),
        slices,
        4,
        -1,
        Wire.FP32,
        Route.DIRECT);
  }
}
