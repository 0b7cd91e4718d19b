package org.clapperboard.collective;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Float32 cut to its upper half: 8 bits of exponent, 7 of fraction. */
final class Bfloat16 {
  private static final int BLOCK = 2048;

  private final float[] floats = new float[BLOCK];
  private final short[] halves = new short[BLOCK];

  /** The nearest; of two equally near the even one. */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // Cut alone, it might become an infinity.
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  static float toFloat(short half) {
    return Float.intBitsToFloat(half << 16);
  }

  static float rounded(float value) {
    return toFloat(of(value));
  }

  /** Rounds all that remains of some numbers. */
  void encode(FloatBuffer from, ShortBuffer to) {
    while (from.hasRemaining()) {
      int count = Math.min(BLOCK, from.remaining());
      from.get(floats, 0, count);
      for (int i = 0; i < count; i++) {
        halves[i] = of(floats[i]);
      }
      to.put(halves, 0, count);
    }
  }

  /** Widens all that remains of some numbers. */
  void decode(ShortBuffer from, FloatBuffer to) {
    while (from.hasRemaining()) {
      int count = Math.min(BLOCK, from.remaining());
      from.get(halves, 0, count);
      for (int i = 0; i < count; i++) {
        floats[i] = toFloat(halves[i]);
      }
      to.put(floats, 0, count);
    }
  }
}
