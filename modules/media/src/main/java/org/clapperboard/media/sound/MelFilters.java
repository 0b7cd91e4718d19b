package org.clapperboard.media.sound;

import java.util.Arrays;

/**
 * Triangles over the lines of a power spectrum, evenly spaced on Kaldi's mel scale 1127 ln(1 + f /
 * 700). The line at half the sample rate is left out, as in Kaldi.
 */
final class MelFilters {

  /** The first spectral line of each filter. */
  final int[] first;

  /** The weights of each filter from that line on. */
  final double[][] weights;

  /** Of each line the first filter that it is in, and its weights there and in the next one. */
  private final int[] lower;

  private final double[] falling;
  private final double[] rising;

  private MelFilters(int[] first, double[][] weights, int lines) {
    this.first = first;
    this.weights = weights;
    this.lower = new int[lines];
    this.falling = new double[lines];
    this.rising = new double[lines];
    for (int bin = weights.length - 1; bin >= 0; bin--) {
      for (int i = 0; i < weights[bin].length; i++) {
        int line = first[bin] + i;
        rising[line] = falling[line];
        falling[line] = weights[bin][i];
        lower[line] = bin;
      }
    }
  }

  static MelFilters between(
      double lowHertz, double highHertz, int bins, int fftLength, int sampleRate) {
    double low = mel(lowHertz);
    double step = (mel(highHertz) - low) / (bins + 1);
    int[] first = new int[bins];
    double[][] weights = new double[bins][];
    for (int bin = 0; bin < bins; bin++) {
      double left = low + bin * step;
      double right = left + 2 * step;
      int begin = 0;
      while (begin < fftLength / 2 && lineMel(begin, fftLength, sampleRate) <= left) {
        begin++;
      }
      int end = begin;
      while (end < fftLength / 2 && lineMel(end, fftLength, sampleRate) < right) {
        end++;
      }
      first[bin] = begin;
      weights[bin] = new double[end - begin];
      for (int line = begin; line < end; line++) {
        double at = lineMel(line, fftLength, sampleRate);
        weights[bin][line - begin] = Math.min((at - left) / step, (right - at) / step);
      }
    }
    return new MelFilters(first, weights, fftLength / 2);
  }

  /**
   * The energies of all filters; spectrum is real and imaginary parts in turn. Goes line by line,
   * since loops as short as a filter cost more than what they add up.
   *
   * @param energies one more than there are filters
   */
  void energies(double[] spectrum, double[] energies) {
    Arrays.fill(energies, 0);
    for (int line = 0; line < lower.length; line++) {
      double real = spectrum[2 * line];
      double imaginary = spectrum[2 * line + 1];
      double power = real * real + imaginary * imaginary;
      energies[lower[line]] += falling[line] * power;
      energies[lower[line] + 1] += rising[line] * power;
    }
  }

  private static double lineMel(int line, int fftLength, int sampleRate) {
    return mel((double) line * sampleRate / fftLength);
  }

  private static double mel(double hertz) {
    return 1127.0 * Math.log(1.0 + hertz / 700.0);
  }
}
