package org.clapperboard.media.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class PillowResizeTest {

  @Test
  void every_size_agrees_with_a_naive_resize_in_floating_point() {
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      RgbImage image = noise(random, 1 + random.nextInt(70), 1 + random.nextInt(70));
      int width = 1 + random.nextInt(90);
      int height = 1 + random.nextInt(90);
      byte[] fast = PillowResize.resize(image, width, height).rgb();
      double[] naive = NaiveResize.bicubic(image, width, height);
      for (int i = 0; i < fast.length; i++) {
        // A sum that ends near a half may round to the other side.
        assertThat((double) (fast[i] & 0xff))
            .as("%s to %d x %d at %d", image, width, height, i)
            .isCloseTo(naive[i], within(1.0));
      }
    }
  }

  @Test
  void a_resize_on_a_canvas_is_the_resize_of_the_canvas() {
    Random random = new Random(8);
    Canvas.Colour colour = new Canvas.Colour(122, 116, 104);
    for (int round = 0; round < 60; round++) {
      RgbImage image = noise(random, 1 + random.nextInt(90), 1 + random.nextInt(90));
      int size = 1 + random.nextInt(60);
      Canvas canvas = Canvas.square(image, colour);
      assertThat(PillowResize.resize(canvas, size, size))
          .isEqualTo(PillowResize.resize(canvas.flatten(), size, size));
    }
  }

  @Test
  void one_colour_stays_that_colour_at_every_size() {
    for (int size = 1; size < 40; size++) {
      RgbImage image = RgbImage.filled(37, 53, 0, 127, 255);
      assertThat(PillowResize.resize(image, size, 2 * size))
          .isEqualTo(RgbImage.filled(size, 2 * size, 0, 127, 255));
    }
  }

  @Test
  void the_same_size_gives_the_same_bytes_in_an_array_of_its_own() {
    RgbImage image = noise(new Random(9), 12, 9);
    RgbImage same = PillowResize.resize(image, 12, 9);
    assertThat(same).isEqualTo(image);
    assertThat(same.rgb()).isNotSameAs(image.rgb());
  }

  @Test
  void sizes_below_one_are_refused() {
    assertThatThrownBy(() -> PillowResize.resize(RgbImage.filled(2, 2, 0, 0, 0), 0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot resize to 0 x 5");
    assertThatThrownBy(() -> new RgbImage(2, 2, new byte[11]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("11 bytes do not make a picture of 2 x 2 x 3");
  }

  private static RgbImage noise(Random random, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    random.nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }
}
