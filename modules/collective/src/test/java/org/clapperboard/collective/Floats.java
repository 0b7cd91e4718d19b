package org.clapperboard.collective;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Test data whose sum depends on the order of the additions, and the naive sum. */
final class Floats {

  private Floats() {}

  /** What a rank brings: numbers of very different sizes. */
  static float[] ofRank(long seed, int rank, int count) {
    Random random = new Random(seed * 1000 + rank);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) Math.scalb(random.nextGaussian(), random.nextInt(41) - 20);
    }
    return values;
  }

  /** The oracle: rank 0 + rank 1 + ..., one element after the other. */
  static float[] sum(long seed, int worldSize, int count) {
    float[] sum = ofRank(seed, 0, count);
    for (int rank = 1; rank < worldSize; rank++) {
      float[] values = ofRank(seed, rank, count);
      for (int i = 0; i < count; i++) {
        sum[i] = sum[i] + values[i];
      }
    }
    return sum;
  }

  static ByteBuffer buffer(float[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  /** A buffer of zeros. */
  static ByteBuffer zeros(int count) {
    return buffer(new float[count]);
  }

  static float[] array(ByteBuffer buffer) {
    float[] values = new float[buffer.remaining() / Float.BYTES];
    buffer.slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  static float[] slice(float[] values, Slices slices, int rank) {
    int start = (int) slices.start(rank);
    return Arrays.copyOfRange(values, start, start + (int) slices.length(rank));
  }
}
