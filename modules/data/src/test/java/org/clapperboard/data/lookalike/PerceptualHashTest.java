package org.clapperboard.data.lookalike;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.pixels.PillowResize;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;

class PerceptualHashTest {
  private static final Preprocess PADDED =
      new Preprocess(Preprocess.Encoder.CLIP, 112, Preprocess.Aspect.PAD);
  private static final Preprocess STRETCHED =
      new Preprocess(Preprocess.Encoder.SIGLIP, 128, Preprocess.Aspect.AS_IS);

  @Test
  void its_bits_are_those_of_the_definition() {
    double[] picture = new Random(3).doubles(32 * 32, 0, 255).toArray();
    double[] frequencies = new double[64];
    for (int v = 1; v <= 8; v++) {
      for (int u = 1; u <= 8; u++) {
        for (int y = 0; y < 32; y++) {
          for (int x = 0; x < 32; x++) {
            frequencies[8 * (v - 1) + u - 1] +=
                picture[32 * y + x]
                    * Math.cos(Math.PI / 32 * (x + 0.5) * u)
                    * Math.cos(Math.PI / 32 * (y + 0.5) * v);
          }
        }
      }
    }
    double[] sorted = Arrays.stream(frequencies).sorted().toArray();
    double median = (sorted[31] + sorted[32]) / 2;
    long expected =
        IntStream.range(0, 64)
            .filter(i -> frequencies[i] > median)
            .mapToLong(i -> 1L << i)
            .reduce(0, (one, other) -> one | other);
    assertThat(PerceptualHash.of(picture, 0.01)).hasValue(expected);
  }

  /** Rectangles at random places: no two of these pictures are alike. */
  private static RgbImage drawn(int seed, int width, int height) {
    Random random = new Random(seed);
    byte[] rgb = RgbImage.filled(width, height, 90, 120, 100).rgb();
    for (int i = 0; i < 14; i++) {
      int left = random.nextInt(width);
      int top = random.nextInt(height);
      int right = Math.min(width, left + width / 8 + random.nextInt(width / 3));
      int bottom = Math.min(height, top + height / 8 + random.nextInt(height / 3));
      int red = 30 + random.nextInt(180);
      int green = 30 + random.nextInt(180);
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          rgb[3 * (y * width + x)] = (byte) red;
          rgb[3 * (y * width + x) + 1] = (byte) green;
        }
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static RgbImage brighter(RgbImage image, int by) {
    byte[] rgb = image.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) Math.min(255, (rgb[i] & 0xff) + by);
    }
    return new RgbImage(image.width(), image.height(), rgb);
  }

  private static long hash(RgbImage image, Preprocess preprocess, int quality) {
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(quality))) {
      return FrameHash.of(codec.encode(preprocess.apply(image)), preprocess).orElseThrow();
    }
  }

  @Test
  void a_frame_keeps_its_hash_through_scaling_coding_brightness_and_padding() {
    for (int seed = 0; seed < 40; seed++) {
      RgbImage frame = drawn(seed, 192, 108);
      long hash = hash(frame, PADDED, 95);
      RgbImage small = PillowResize.resize(frame, 96, 54);
      assertThat(PerceptualHash.distance(hash, hash(frame, PADDED, 40))).as("JPEG").isLessThan(7);
      assertThat(PerceptualHash.distance(hash, hash(small, PADDED, 95))).as("half").isLessThan(7);
      assertThat(PerceptualHash.distance(hash, hash(brighter(frame, 25), PADDED, 95)))
          .as("brighter")
          .isLessThan(7);
      assertThat(PerceptualHash.distance(hash, hash(frame, STRETCHED, 95)))
          .as("without padding")
          .isLessThan(7);
      for (int other = 0; other < seed; other++) {
        assertThat(PerceptualHash.distance(hash, hash(drawn(other, 192, 108), PADDED, 95)))
            .as("%s and %s", seed, other)
            .isGreaterThan(10);
      }
    }
  }

  @Test
  void what_shows_nothing_has_no_hash() {
    double[] gradient = IntStream.range(0, 1024).mapToDouble(i -> i % 32 * 8).toArray();
    double[] nearlyFlat = new Random(5).doubles(1024, 100, 104).toArray();
    assertThat(PerceptualHash.of(new double[1024], 3)).isEmpty();
    assertThat(PerceptualHash.of(gradient, 3)).isEmpty();
    assertThat(PerceptualHash.of(nearlyFlat, 3)).isEmpty();
  }

  @Test
  void frames_next_to_the_sixths_of_a_clip_are_looked_at() {
    assertThat(FrameHash.places(0, 60, new int[] {0, 10, 20, 30, 40, 50, 60}))
        .containsExactly(1, 3, 5);
    assertThat(FrameHash.places(0, 60, new int[] {15, 45})).containsExactly(0, 1);
    assertThat(FrameHash.places(0, 0, new int[] {0})).containsExactly(0);
  }
}
