package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.clapperboard.media.TestMedia.distance;
import static org.clapperboard.media.TestMedia.frames;
import static org.clapperboard.media.TestMedia.value;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;

class FrameCodecIT {

  private static final List<FrameEncoding> EXACT =
      List.of(new FrameEncoding.Png(), new FrameEncoding.Webp(), new FrameEncoding.Raw());

  @Test
  void exact_encodings_give_back_every_byte_at_every_size() {
    Random random = new Random(6);
    for (FrameEncoding encoding : EXACT) {
      try (FrameCodec codec = new FrameCodec(encoding)) {
        for (int size : new int[] {56, 56, 56, 1, 17, 336}) {
          byte[] rgb = new byte[3 * size * (size + 1)];
          random.nextBytes(rgb);
          RgbImage image = new RgbImage(size, size + 1, rgb);
          assertThat(FrameCodec.decode(codec.encode(image))).as("%s", encoding).isEqualTo(image);
        }
      }
    }
  }

  @Test
  void jpeg_comes_closer_and_grows_with_its_quality() {
    List<RgbImage> images = frames(3, 112, 96);
    double lastDistance = Double.MAX_VALUE;
    long lastBytes = 0;
    for (int quality : new int[] {10, 50, 80, 90, 95, 100}) {
      try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(quality))) {
        double sum = 0;
        long bytes = 0;
        for (RgbImage image : images) {
          byte[] encoded = codec.encode(image);
          bytes += encoded.length;
          sum += distance(FrameCodec.decode(encoded), image);
        }
        assertThat(sum).as("quality %d", quality).isLessThan(lastDistance);
        assertThat(bytes).as("quality %d", quality).isGreaterThan(lastBytes);
        lastDistance = sum;
        lastBytes = bytes;
      }
    }
    assertThat(lastDistance / images.size()).isLessThan(1.0);
  }

  /** The chroma of neighbours in strong colours would mix if it were halved. */
  @Test
  void jpeg_keeps_the_chroma_of_every_pixel() {
    byte[] rgb = new byte[3 * 64 * 64];
    for (int i = 0; i < 64 * 64; i++) {
      rgb[3 * i + (i % 2 == 0 ? 0 : 2)] = (byte) 200;
    }
    RgbImage stripes = new RgbImage(64, 64, rgb);
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(95))) {
      byte[] encoded = codec.encode(stripes);
      assertThat(distance(FrameCodec.decode(encoded), stripes)).isLessThan(3);
      RgbImage picture =
          value(Pictures.read(MediaSource.of("x.jpg", encoded), MediaLimits.DEFAULT));
      assertThat(distance(picture, stripes)).isLessThan(3);
    }
  }

  @Test
  void the_same_frame_gives_the_same_bytes_whatever_came_before() {
    List<RgbImage> images = frames(4, 64, 48);
    for (FrameEncoding encoding :
        List.of(new FrameEncoding.Jpeg(90), new FrameEncoding.Png(), new FrameEncoding.Webp())) {
      try (FrameCodec used = new FrameCodec(encoding);
          FrameCodec fresh = new FrameCodec(encoding)) {
        images.forEach(used::encode);
        assertThat(used.encode(images.get(3))).isEqualTo(fresh.encode(images.get(3)));
      }
    }
  }

  @Test
  void the_bindings_own_limit_on_memory_is_off() {
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Png())) {
      assertThat(codec.encode(frames(1, 8, 8).get(0))).isNotEmpty();
    }
    assertThat(Pointer.maxPhysicalBytes()).isZero();
  }

  @Test
  void bytes_of_no_frame_are_refused() {
    byte[] text = "this is not a stored frame".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> FrameCodec.decode(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot read a stored frame: unknown format");
    byte[] ppm = "P6\n# remark\n2 2\n255\n".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> FrameCodec.decode(ppm))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot read a stored frame: not a PPM of ours");
    byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    assertThatThrownBy(() -> FrameCodec.decode(jpeg))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Cannot read a stored frame: ");
    assertThatThrownBy(() -> new FrameEncoding.Jpeg(101))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("quality is 101 (expected: 1 to 100)");
  }
}
