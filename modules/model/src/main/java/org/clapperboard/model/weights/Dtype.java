package org.clapperboard.model.weights;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** How the elements of a stored tensor are written, under their safetensors names. */
public enum Dtype {
  /** 8-byte IEEE floats. */
  F64(8) {
    @Override
    float at(ByteBuffer data, int place) {
      return (float) data.getDouble(place);
    }
  },
  /** 4-byte IEEE floats. */
  F32(4) {
    @Override
    float at(ByteBuffer data, int place) {
      return data.getFloat(place);
    }

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
    float at(ByteBuffer data, int place) {
      return halfToFloat(data.getShort(place));
    }
  },
  /** The upper two bytes of 4-byte floats. */
  BF16(2) {
    @Override
    float at(ByteBuffer data, int place) {
      return Float.intBitsToFloat(data.getShort(place) << 16);
    }

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
    float at(ByteBuffer data, int place) {
      return (float) data.getLong(place);
    }
  },
  /** 4-byte integers. */
  I32(4),
  /** 2-byte integers. */
  I16(2),
  /** 1-byte integers. */
  I8(1),
  /** 8-byte integers without sign. */
  U64(8),
  /** 4-byte integers without sign. */
  U32(4),
  /** 2-byte integers without sign. */
  U16(2),
  /** 1-byte integers without sign. */
  U8(1),
  /** 1-byte truth values. */
  BOOL(1);

  private final int bytes;

  Dtype(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether weights can be read from it; integers count or index. */
  public boolean holdsWeights() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }

  /** The element at a byte position of little-endian data. */
  float at(ByteBuffer data, int place) {
    throw new IllegalArgumentException(
        "elements are read as floats from F64, F32, F16, BF16 or I64, not " + this);
  }

  /** Reads all remaining elements; the data is little-endian. */
  void toFloats(ByteBuffer data, FloatBuffer target) {
    for (int place = data.position(); place < data.limit(); place += bytes) {
      target.put(at(data, place));
    }
  }

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

  static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Cut off, a NaN whose payload lies in the lower bytes would become an infinity.
      boolean staysNaN = (bits & 0x7f0000) != 0;
      return (short) ((bits >>> 16) | (staysNaN ? 0 : 0x40));
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  private static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
