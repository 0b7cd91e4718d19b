package org.clapperboard.collective;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Memory for one chunk, as bytes and as the numbers that they are.
 *
 * @param bytes little-endian
 * @param floats the same memory
 * @param halves the same memory, which holds twice as many
 */
record Chunk(ByteBuffer bytes, FloatBuffer floats, ShortBuffer halves) {

  static Chunk of(ByteBuffer memory) {
    ByteBuffer bytes = memory.order(ByteOrder.LITTLE_ENDIAN);
    return new Chunk(bytes, bytes.asFloatBuffer(), bytes.asShortBuffer());
  }

  static Chunk allocate(int bytes) {
    return of(ByteBuffer.allocateDirect(bytes));
  }
}
