package org.clapperboard.media.sound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class FourierResamplerTest {

  @Test
  void every_pair_of_lengths_agrees_with_a_naive_transform() {
    Random random = new Random(5);
    int[] lengths = {2, 4, 6, 10, 14, 22, 98, 100, 64, 122};
    for (int from : lengths) {
      double[] samples = random.doubles(from, -1, 1).toArray();
      for (int to : lengths) {
        assertThat(FourierResampler.resample(samples, to))
            .as("%d to %d", from, to)
            .containsExactly(naive(samples, to), within(1e-9));
      }
    }
  }

  @Test
  void odd_lengths_are_refused() {
    assertThatThrownBy(() -> FourierResampler.resample(new double[3], 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot resample 3 samples to 4: both must be even");
  }

  /** Sums the common part of the spectrum, the line at half the shorter rate once. */
  private static double[] naive(double[] samples, int length) {
    if (samples.length == length) {
      return samples;
    }
    int half = Math.min(samples.length, length) / 2;
    double[] result = new double[length];
    for (int line = 0; line <= half; line++) {
      double real = 0;
      double imaginary = 0;
      for (int i = 0; i < samples.length; i++) {
        double angle = 2 * Math.PI * line * i / samples.length;
        real += samples[i] * Math.cos(angle) / samples.length;
        imaginary -= samples[i] * Math.sin(angle) / samples.length;
      }
      for (int i = 0; i < length; i++) {
        double angle = 2 * Math.PI * line * i / length;
        if (line == 0) {
          result[i] += real;
        } else if (line == half && length < samples.length) {
          result[i] += 2 * real * Math.cos(angle);
        } else if (line == half) {
          result[i] += real * Math.cos(angle);
        } else {
          result[i] += 2 * (real * Math.cos(angle) - imaginary * Math.sin(angle));
        }
      }
    }
    return result;
  }
}
