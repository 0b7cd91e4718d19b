package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Test;

class SpectrogramTest {

  @Test
  void time_goes_to_the_right_pitch_upwards_and_the_loudest_is_brightest() {
    // Three windows of two bins, the lower one first.
    RgbImage drawn = Spectrogram.of(FloatBuffer.wrap(new float[] {5, -9, -1, -1, -16, 5}), 2);
    assertThat(drawn.width()).isEqualTo(3);
    assertThat(drawn.height()).isEqualTo(2);
    assertThat(brightness(drawn, 0, 1)).isEqualTo(252 + 250 + 200);
    assertThat(brightness(drawn, 2, 0)).isEqualTo(252 + 250 + 200);
    assertThat(brightness(drawn, 0, 0)).as("14 below the loudest").isEqualTo(8 + 6 + 24);
    assertThat(brightness(drawn, 2, 1)).isEqualTo(8 + 6 + 24);
    assertThat(brightness(drawn, 1, 0)).as("half way").isEqualTo(190 + 65 + 80);
  }

  @Test
  void silence_is_drawn_too() {
    RgbImage drawn = Spectrogram.of(FloatBuffer.wrap(new float[] {-15.9f, -15.9f}), 1);
    assertThat(drawn.width()).isEqualTo(2);
  }

  private static int brightness(RgbImage image, int x, int y) {
    int at = 3 * (y * image.width() + x);
    return (image.rgb()[at] & 0xff) + (image.rgb()[at + 1] & 0xff) + (image.rgb()[at + 2] & 0xff);
  }
}
