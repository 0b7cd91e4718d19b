package org.clapperboard.media.sound;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;

/**
 * The two ways by which the reference brings a sound to 30 seconds at 16 kHz ({@code mm_utils.py},
 * branch audio_visual). Neither is what the paper says, and they differ from each other.
 */
public final class ReferenceShape {

  /** Samples per second of every result. */
  public static final int RATE = 16_000;

  /** Seconds of every result. */
  public static final int SECONDS = 30;

  private static final int CLIPS = 8;
  private static final int CLIP_SECONDS = 2;

  private ReferenceShape() {}

  /**
   * A sound from a file ({@code process_audio_file}): cut or zero-padded to 30 s at its own rate,
   * then resampled as a whole.
   *
   * @param channel samples of the first channel; the reference drops the others
   * @param sampleRate their rate
   * @param cropPosition which 30 s of a longer sound: 0 the first, just under 1 the last; the
   *     reference draws it at random
   * @return 480,000 samples
   */
  public static double[] ofFile(double[] channel, int sampleRate, double cropPosition) {
    int start = (int) cropStart(channel.length, sampleRate, cropPosition);
    int end = Math.min(start + windowLength(sampleRate), channel.length);
    return ofWindow(Arrays.copyOfRange(channel, start, end), sampleRate);
  }

  /** Samples of 30 s at a rate. */
  public static int windowLength(int sampleRate) {
    return Math.multiplyExact(SECONDS, sampleRate);
  }

  /** The first sample of the 30 s that {@link #ofFile} takes of a sound of so many samples. */
  public static long cropStart(long samples, int sampleRate, double cropPosition) {
    if (!(cropPosition >= 0 && cropPosition < 1)) {
      throw new IllegalArgumentException(
          "cropPosition is " + cropPosition + " (expected: from 0 to below 1)");
    }
    long excess = Math.max(samples - windowLength(sampleRate), 0);
    return (long) (cropPosition * (excess + 1.0));
  }

  /** {@link #ofFile} for a sound that was cut already: 30 s at its own rate or less. */
  public static double[] ofWindow(double[] window, int sampleRate) {
    double[] padded = Arrays.copyOf(window, windowLength(sampleRate));
    return FourierResampler.resample(padded, SECONDS * RATE);
  }

  /**
   * The sound of a video ({@code process_audio_from_video}): eight windows of 2 s at even distances
   * one after the other, then zeros. A short sound is repeated; the last two seconds of a long one
   * are never reached.
   *
   * @param samples mono at 16 kHz
   * @return 480,000 samples
   */
  public static float[] ofVideo(float[] samples) {
    float[] result = new float[SECONDS * RATE];
    int at = 0;
    for (int clip = 0; clip < CLIPS; clip++) {
      int begin = Math.min(clipStart(clip, samples.length), samples.length);
      int end = Math.min(begin + CLIP_SECONDS * RATE, samples.length);
      System.arraycopy(samples, begin, result, at, end - begin);
      at += end - begin;
    }
    return result;
  }

  /** First sample of one of the eight windows over a sound of so many samples. */
  static int clipStart(int clip, int samples) {
    double seconds = (double) samples / RATE;
    // The reference goes on from this double with exact fractions, then truncates.
    BigDecimal lastStart = new BigDecimal(Math.max(seconds - CLIP_SECONDS, 0));
    return lastStart
        .multiply(BigDecimal.valueOf(clip))
        .divide(BigDecimal.valueOf(CLIPS))
        .multiply(BigDecimal.valueOf(RATE))
        .setScale(0, RoundingMode.DOWN)
        .intValueExact();
  }
}
