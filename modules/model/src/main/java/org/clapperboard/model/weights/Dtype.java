package org.clapperboard.model.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** How the elements of a stored tensor are written, under their safetensors names. */
public enum Dtype {
  /** 8-byte IEEE floats. */
  F64(8) {
    @Override
    void toFloats(ByteBuffer data, FloatBuffer target) {
      for (var from = data.asDoubleBuffer(); from.hasRemaining(); ) {
        target.put((float) from.get());
      }
    }
  },
  /** 4-byte IEEE floats. */
  F32(4) {
    @Override
    void toFloats(ByteBuffer data, FloatBuffer target) {
      target.put(data.asFloatBuffer());
    }

    @Override
    void fromFloats(FloatBuffer values, ByteBuffer target) {
      target.asFloatBuffer().put(values);
    }
  },
  /** 2-byte IEEE floats. */
  F16(2) {
    @Override
    void toFloats(ByteBuffer data, FloatBuffer target) {
      for (ShortBuffer from = data.asShortBuffer(); from.hasRemaining(); ) {
        target.put(halfToFloat(from.get()));
      }
    }
  },
  /** The upper two bytes of 4-byte floats. */
  BF16(2) {
    @Override
    void toFloats(ByteBuffer data, FloatBuffer target) {
      for (ShortBuffer from = data.asShortBuffer(); from.hasRemaining(); ) {
        target.put(Float.intBitsToFloat(from.get() << 16));
      }
    }

    @Override
    void fromFloats(FloatBuffer values, ByteBuffer target) {
      for (ShortBuffer to = target.asShortBuffer(); to.hasRemaining(); ) {
        to.put(toBfloat16(values.get()));
      }
    }
  },
  /** 8-byte integers. */
  I64(8) {
    @Override
    void toFloats(ByteBuffer data, FloatBuffer target) {
      for (var from = data.asLongBuffer(); from.hasRemaining(); ) {
        target.put((float) from.get());
      }
    }
  };

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Reads all remaining elements; the data is little-endian. */
  abstract void toFloats(ByteBuffer data, FloatBuffer target);

  /** Writes all remaining values, rounding to nearest even. */
  void fromFloats(FloatBuffer values, ByteBuffer target) {
    throw new IllegalArgumentException("weights are written as F32 or BF16, not " + this);
  }

  /** The dtype of that name, or null. */
  static Dtype named(String name) {
    for (Dtype dtype : values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    return null;
  }

  private static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static float halfToFloat(short half) {
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    float magnitude =
        switch (exponent) {
          case 0 -> Math.scalb((float) fraction, -24);
          case 31 -> fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
          default -> Math.scalb((float) (fraction | 0x400), exponent - 25);
        };
    return half < 0 ? -magnitude : magnitude;
  }
}
