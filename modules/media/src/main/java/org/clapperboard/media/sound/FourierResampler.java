package org.clapperboard.media.sound;

import java.util.Arrays;
import org.jtransforms.fft.DoubleFFT_1D;
import org.jtransforms.utils.CommonUtils;

/**
 * Resampling of a whole sound by cutting or filling its spectrum.
 *
 * <p>The published method of {@code scipy.signal.resample}, which {@code librosa.resample(res_type
 * = "fft")} and so the reference call. It takes the sound for one period of an endless one.
 */
public final class FourierResampler {

  static {
    // One task, one core: JTransforms would start threads of its own above 8,192 samples.
    CommonUtils.setThreadsBeginN_1D_FFT_2Threads(Long.MAX_VALUE);
    CommonUtils.setThreadsBeginN_1D_FFT_4Threads(Long.MAX_VALUE);
  }

  private FourierResampler() {}

  /** The sound with another number of samples; both numbers must be even. */
  public static double[] resample(double[] samples, int length) {
    if (samples.length % 2 != 0 || length % 2 != 0 || samples.length == 0 || length < 2) {
      throw new IllegalArgumentException(
          "cannot resample " + samples.length + " samples to " + length + ": both must be even");
    }
    if (samples.length == length) {
      return samples.clone();
    }
    double[] spectrum = samples.clone();
    new DoubleFFT_1D(samples.length).realForward(spectrum);
    double[] result = Arrays.copyOf(spectrum, length);
    int common = Math.min(samples.length, length);
    // Slot 1 holds the line at half the longer rate; the line at half the shorter rate lies at
    // slot `common` of the longer spectrum. It stands for two lines that fall together.
    if (length < samples.length) {
      result[1] = 2 * spectrum[common];
    } else {
      result[1] = 0;
      result[common] = 0.5 * spectrum[1];
      result[common + 1] = 0;
    }
    new DoubleFFT_1D(length).realInverse(result, true);
    double gain = (double) length / samples.length;
    for (int i = 0; i < length; i++) {
      result[i] *= gain;
    }
    return result;
  }
}
