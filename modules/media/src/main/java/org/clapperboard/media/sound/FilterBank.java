package org.clapperboard.media.sound;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;

/**
 * Log-mel filter bank of a mono sound, as Kaldi's {@code compute-fbank-feats} makes it.
 *
 * <p>Windows of 25 ms every 10 ms, only whole ones; mean of each window removed; pre-emphasis 0.97;
 * Povey window; power spectrum; triangular filters between 20 Hz and half the rate, evenly spaced
 * in mel; natural logarithm, floored. Samples are scaled by 2^15 first. Source: torchaudio's {@code
 * compliance/kaldi.py} as called by the reference ({@code num_mel_bins=128}).
 *
 * <p>Arithmetic is in double precision. Keeps tables and scratch space, so an instance belongs to
 * one thread. With 128 bins at 16 kHz bin 3 lies between two spectral lines and is always empty;
 * the reference has the same.
 */
public final class FilterBank {

  private static final double PRE_EMPHASIS = 0.97;
  private static final double LOWEST_HERTZ = 20;
  private static final double FLOOR = Math.ulp(1f);
  private static final double SCALE = 1 << 15;

  private final int bins;
  private final int windowLength;
  private final int shift;
  private final int fftLength;
  private final double[] window;
  private final MelFilters filters;
  private final DoubleFFT_1D fft;
  private final double[] centred;
  private final double[] frame;
  private final double[] energies;

  /** A bank of so many filters for sounds of this rate in samples per second. */
  public FilterBank(int bins, int sampleRate) {
    if (bins < 1 || sampleRate < 1000) {
      throw new IllegalArgumentException(
          "cannot make a filter bank of " + bins + " bins at " + sampleRate + " Hz");
    }
    this.bins = bins;
    this.windowLength = sampleRate / 40;
    this.shift = sampleRate / 100;
    this.fftLength = Integer.highestOneBit(windowLength - 1) << 1;
    this.window = poveyWindow(windowLength);
    this.filters = MelFilters.between(LOWEST_HERTZ, sampleRate / 2.0, bins, fftLength, sampleRate);
    this.fft = new DoubleFFT_1D(fftLength);
    this.centred = new double[windowLength];
    this.frame = new double[fftLength];
    this.energies = new double[bins + 1];
  }

  /** How many windows a sound of so many samples has. */
  public int frames(int samples) {
    return samples < windowLength ? 0 : 1 + (samples - windowLength) / shift;
  }

  /** Number of values in a window's row. */
  public int bins() {
    return bins;
  }

  /** The bank of samples in -1 to 1, as [frames][bins] row by row. */
  public float[] compute(float[] samples) {
    double[] doubles = new double[samples.length];
    for (int i = 0; i < samples.length; i++) {
      doubles[i] = samples[i];
    }
    return compute(doubles);
  }

  /** The same from samples of double precision. */
  public float[] compute(double[] samples) {
    float[] bank = new float[Math.multiplyExact(frames(samples.length), bins)];
    compute(samples, FloatBuffer.wrap(bank));
    return bank;
  }

  /** Writes the bank at the buffer's position and moves that on. */
  public void compute(double[] samples, FloatBuffer out) {
    int frames = frames(samples.length);
    for (int i = 0; i < frames; i++) {
      cut(samples, i * shift);
      fft.realForward(frame);
      filters.energies(frame, energies);
      for (int bin = 0; bin < bins; bin++) {
        out.put((float) Math.log(Math.max(energies[bin], FLOOR)));
      }
    }
  }

  double[] window() {
    return window.clone();
  }

  MelFilters filters() {
    return filters;
  }

  private void cut(double[] samples, int from) {
    double mean = sum(samples, from) * SCALE / windowLength;
    for (int i = 0; i < windowLength; i++) {
      centred[i] = samples[from + i] * SCALE - mean;
    }
    frame[0] = (centred[0] - PRE_EMPHASIS * centred[0]) * window[0];
    for (int i = 1; i < windowLength; i++) {
      frame[i] = (centred[i] - PRE_EMPHASIS * centred[i - 1]) * window[i];
    }
    Arrays.fill(frame, windowLength, fftLength, 0);
  }

  /** Of a window. Four sums side by side: an addition need not wait for the one before it. */
  private double sum(double[] samples, int from) {
    double first = 0;
    double second = 0;
    double third = 0;
    double fourth = 0;
    int i = 0;
    for (; i + 3 < windowLength; i += 4) {
      first += samples[from + i];
      second += samples[from + i + 1];
      third += samples[from + i + 2];
      fourth += samples[from + i + 3];
    }
    for (; i < windowLength; i++) {
      first += samples[from + i];
    }
    return first + second + (third + fourth);
  }

  private static double[] poveyWindow(int length) {
    double[] window = new double[length];
    for (int i = 0; i < length; i++) {
      window[i] = Math.pow(0.5 - 0.5 * Math.cos(2 * Math.PI * i / (length - 1)), 0.85);
    }
    return window;
  }
}
