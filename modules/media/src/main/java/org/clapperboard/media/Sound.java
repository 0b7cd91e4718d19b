package org.clapperboard.media;

import java.io.Serializable;

/** A mono sound of 16,000 samples a second, each from -1 to 1. The samples are not copied. */
public final class Sound implements Serializable {

  /** Samples per second. */
  public static final int RATE = 16_000;

  private static final float UNIT = 1 << 15;

  private final float[] samples;

  /** Takes the samples. */
  public Sound(float[] samples) {
    this.samples = samples;
  }

  /** Silence, for videos without sound. */
  public static Sound silence(int seconds) {
    return new Sound(new float[seconds * RATE]);
  }

  /** From samples of 16 bits. */
  public static Sound of(short[] samples) {
    float[] floats = new float[samples.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = samples[i] / UNIT;
    }
    return new Sound(floats);
  }

  /** The values of samples of 16 bits, exactly those that {@link #of} gives them. */
  public static void toDoubles(short[] samples, double[] values) {
    for (int i = 0; i < samples.length; i++) {
      values[i] = samples[i] / (double) UNIT;
    }
  }

  /** The samples themselves. */
  public float[] samples() {
    return samples;
  }

  /** The length. */
  public double seconds() {
    return (double) samples.length / RATE;
  }

  /** As samples of 16 bits; exact for every route but {@link SoundRoute.ReferenceFile}. */
  public short[] toShorts() {
    short[] shorts = new short[samples.length];
    for (int i = 0; i < shorts.length; i++) {
      double scaled = Math.rint(samples[i] * (double) UNIT);
      shorts[i] = (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, scaled));
    }
    return shorts;
  }
}
