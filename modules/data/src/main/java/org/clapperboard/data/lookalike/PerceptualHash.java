package org.clapperboard.data.lookalike;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * 64 bits that stay nearly the same while a picture is scaled, encoded again or made brighter: the
 * signs of low frequencies against their median.
 *
 * <p>The hash by discrete cosine transform of Zauner, "Implementation and Benchmarking of
 * Perceptual Image Hash Functions" (2010, section 3.2.1), which tells pictures apart best of those
 * he compares: a picture of 32 x 32, of its transform the 8 x 8 lowest frequencies without those of
 * the first row and column, a bit for each: above the median or not. Two hashes are compared by the
 * number of bits in which they differ.
 *
 * <p>Where most of these frequencies are hardly there, as in a flat frame or one with a gradient,
 * the bits would be noise, the same for all such frames: there is no hash then.
 */
final class PerceptualHash {
  /** Side of the picture that is hashed. */
  static final int SIDE = 32;

  private static final int FREQUENCIES = 8;
  private static final int LEAST_FIRM = 40;
  private static final double[][] COSINES = cosines();

  private PerceptualHash() {}

  /** Rows of the orthonormal transform (DCT-II) for the frequencies 1 to 8. */
  private static double[][] cosines() {
    double[][] cosines = new double[FREQUENCIES][SIDE];
    for (int k = 0; k < FREQUENCIES; k++) {
      for (int i = 0; i < SIDE; i++) {
        cosines[k][i] =
            Math.sqrt(2.0 / SIDE) * Math.cos(Math.PI * (2 * i + 1) * (k + 1) / (2.0 * SIDE));
      }
    }
    return cosines;
  }

  /**
   * The hash of a picture.
   *
   * @param picture values, [32][32] row by row
   * @param noise what coding alone may add to a frequency; at least 40 of the 64 must be further
   *     from their median than that
   */
  static OptionalLong of(double[] picture, double noise) {
    double[] frequencies = frequencies(picture);
    double[] sorted = frequencies.clone();
    Arrays.sort(sorted);
    double median = (sorted[sorted.length / 2 - 1] + sorted[sorted.length / 2]) / 2;
    long hash = 0;
    int firm = 0;
    for (int i = 0; i < frequencies.length; i++) {
      hash |= frequencies[i] > median ? 1L << i : 0;
      firm += Math.abs(frequencies[i] - median) > noise ? 1 : 0;
    }
    return firm < LEAST_FIRM ? OptionalLong.empty() : OptionalLong.of(hash);
  }

  private static double[] frequencies(double[] picture) {
    double[][] rows = new double[SIDE][FREQUENCIES];
    for (int y = 0; y < SIDE; y++) {
      for (int k = 0; k < FREQUENCIES; k++) {
        for (int x = 0; x < SIDE; x++) {
          rows[y][k] += picture[y * SIDE + x] * COSINES[k][x];
        }
      }
    }
    double[] frequencies = new double[FREQUENCIES * FREQUENCIES];
    for (int j = 0; j < FREQUENCIES; j++) {
      for (int k = 0; k < FREQUENCIES; k++) {
        for (int y = 0; y < SIDE; y++) {
          frequencies[j * FREQUENCIES + k] += rows[y][k] * COSINES[j][y];
        }
      }
    }
    return frequencies;
  }

  /** Bits in which two hashes differ. */
  static int distance(long one, long other) {
    return Long.bitCount(one ^ other);
  }
}
