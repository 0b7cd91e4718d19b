package org.clapperboard.media.sound;

/**
 * Triangles over the lines of a power spectrum, evenly spaced on Kaldi's mel scale 1127 ln(1 + f /
 * 700). The line at half the sample rate is left out, as in Kaldi.
 */
final class MelFilters {

  /** The first spectral line of each filter. */
  final int[] first;

  /** The weights of each filter from that line on. */
  final double[][] weights;

  private MelFilters(int bins) {
    this.first = new int[bins];
    this.weights = new double[bins][];
  }

  static MelFilters between(
      double lowHertz, double highHertz, int bins, int fftLength, int sampleRate) {
    double low = mel(lowHertz);
    double step = (mel(highHertz) - low) / (bins + 1);
    MelFilters filters = new MelFilters(bins);
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
      filters.first[bin] = begin;
      filters.weights[bin] = new double[end - begin];
      for (int line = begin; line < end; line++) {
        double at = lineMel(line, fftLength, sampleRate);
        filters.weights[bin][line - begin] = Math.min((at - left) / step, (right - at) / step);
      }
    }
    return filters;
  }

  /** The energy of one filter; spectrum is real and imaginary parts in turn. */
  double energy(int bin, double[] spectrum) {
    double energy = 0;
    double[] filter = weights[bin];
    for (int i = 0; i < filter.length; i++) {
      int line = first[bin] + i;
      double real = spectrum[2 * line];
      double imaginary = spectrum[2 * line + 1];
      energy += filter[i] * (real * real + imaginary * imaginary);
    }
    return energy;
  }

  private static double lineMel(int line, int fftLength, int sampleRate) {
    return mel((double) line * sampleRate / fftLength);
  }

  private static double mel(double hertz) {
    return 1127.0 * Math.log(1.0 + hertz / 700.0);
  }
}
