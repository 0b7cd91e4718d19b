package org.clapperboard.media.sound;

/** The filter bank by its definition: a plain Fourier sum and a dense matrix of filters. */
final class NaiveFilterBank {

  private NaiveFilterBank() {}

  static float[] compute(float[] samples, int bins, int rate) {
    int length = rate / 40;
    int shift = rate / 100;
    int padded = 1;
    while (padded < length) {
      padded *= 2;
    }
    int frames = 1 + (samples.length - length) / shift;
    float[] bank = new float[frames * bins];
    for (int frame = 0; frame < frames; frame++) {
      double[] power = power(window(samples, frame * shift, length), padded);
      for (int bin = 0; bin < bins; bin++) {
        double energy = 0;
        for (int line = 0; line < padded / 2; line++) {
          energy += power[line] * weight(line * (double) rate / padded, bin, bins, rate);
        }
        bank[frame * bins + bin] = (float) Math.log(Math.max(energy, 1.1920928955078125e-7));
      }
    }
    return bank;
  }

  private static double[] window(float[] samples, int from, int length) {
    double mean = 0;
    for (int i = 0; i < length; i++) {
      mean += 32768.0 * samples[from + i] / length;
    }
    double[] window = new double[length];
    for (int i = 0; i < length; i++) {
      double here = 32768.0 * samples[from + i] - mean;
      double before = 32768.0 * samples[from + Math.max(i - 1, 0)] - mean;
      double hann = 0.5 - 0.5 * Math.cos(2 * Math.PI * i / (length - 1));
      window[i] = (here - 0.97 * before) * Math.pow(hann, 0.85);
    }
    return window;
  }

  private static double[] power(double[] window, int padded) {
    double[] power = new double[padded / 2];
    for (int line = 0; line < power.length; line++) {
      double real = 0;
      double imaginary = 0;
      for (int i = 0; i < window.length; i++) {
        double angle = 2 * Math.PI * line * i / padded;
        real += window[i] * Math.cos(angle);
        imaginary -= window[i] * Math.sin(angle);
      }
      power[line] = real * real + imaginary * imaginary;
    }
    return power;
  }

  private static double weight(double hertz, int bin, int bins, int rate) {
    double low = mel(20);
    double step = (mel(rate / 2.0) - low) / (bins + 1);
    double left = low + bin * step;
    double up = (mel(hertz) - left) / step;
    double down = (left + 2 * step - mel(hertz)) / step;
    return Math.max(0, Math.min(up, down));
  }

  private static double mel(double hertz) {
    return 1127 * Math.log(1 + hertz / 700);
  }
}
