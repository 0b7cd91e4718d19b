package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DeclaredSizeTest {

  @Test
  void boxes_of_an_mp4_must_end_inside_the_file() {
    byte[] file = mp4(64);
    assertThat(isCut(file)).isFalse();
    for (int length = 24; length < file.length; length++) {
      assertThat(isCut(Arrays.copyOf(file, length)))
          .as("cut to %d", length)
          .isEqualTo(length >= 32);
    }
  }

  @Test
  void a_box_of_64_bit_length_and_one_to_the_end_are_understood() {
    ByteBuffer file = ByteBuffer.allocate(200).put(mp4(0), 0, 16);
    file.putInt(1).put(tag("mdat")).putLong(184);
    assertThat(isCut(file.array())).isFalse();
    assertThat(isCut(Arrays.copyOf(file.array(), 190))).isTrue();
    file.putInt(16, 0);
    assertThat(isCut(file.array())).isFalse();
  }

  @Test
  void rubbish_behind_an_mp4_is_no_cut() {
    byte[] rubbish = Arrays.copyOf(mp4(64), 300);
    Arrays.fill(rubbish, 16 + 72, 300, (byte) 'x');
    assertThat(isCut(rubbish)).isFalse();
  }

  @Test
  void a_matroska_segment_must_end_inside_the_file() {
    ByteBuffer file = ByteBuffer.allocate(300);
    file.putInt(0x1A45DFA3).put((byte) 0x84).putInt(0).putInt(0x18538067);
    file.put((byte) 0x01).put(new byte[] {0, 0, 0, 0, 0, 1, 22});
    assertThat(file.position()).isEqualTo(21);
    assertThat(isCut(file.array())).isFalse();
    assertThat(isCut(Arrays.copyOf(file.array(), 298))).isTrue();
    file.put(14, new byte[] {-1, -1, -1, -1, -1, -1, -1});
    assertThat(isCut(Arrays.copyOf(file.array(), 100))).isFalse();
  }

  @Test
  void a_riff_file_must_have_its_length() {
    byte[] wav = WavWriter.write(new PcmTrack(new short[50], 1, 8_000));
    assertThat(isCut(wav)).isFalse();
    assertThat(isCut(Arrays.copyOf(wav, wav.length - 1))).isTrue();
    assertThat(isCut(Arrays.copyOf(wav, wav.length + 5))).isFalse();
  }

  @Test
  void other_formats_declare_nothing() {
    assertThat(isCut(new byte[0])).isFalse();
    assertThat(isCut(new byte[11])).isFalse();
    assertThat(isCut("a text that is long enough".getBytes(StandardCharsets.UTF_8))).isFalse();
  }

  private static boolean isCut(byte[] bytes) {
    return DeclaredSize.isBeyondEnd(MediaSource.of("x", bytes));
  }

  private static byte[] mp4(int contentBytes) {
    ByteBuffer file = ByteBuffer.allocate(16 + 8 + contentBytes);
    file.putInt(16).put(tag("ftyp")).put(tag("isom")).putInt(0);
    file.putInt(8 + contentBytes).put(tag("mdat"));
    return file.array();
  }

  private static byte[] tag(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }
}
