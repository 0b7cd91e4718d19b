package org.clapperboard.data.shard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** 16-bit samples as the little-endian bytes that shards hold. */
final class SoundBytes {
  private SoundBytes() {}

  static byte[] of(short[] samples) {
    ByteBuffer bytes =
        ByteBuffer.allocate(samples.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asShortBuffer().put(samples);
    return bytes.array();
  }

  static short[] toSamples(byte[] bytes) {
    short[] samples = new short[bytes.length / Short.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
    return samples;
  }
}
