package org.clapperboard.collective;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;

/**
 * The rules for what callers pass, the same for every {@link Collective}; all throw
 * IllegalArgumentException.
 */
public final class Arguments {

  private Arguments() {}

  static void requireNarrow(ServerSocketChannel listener) throws IOException {
    if (!(listener.getLocalAddress() instanceof InetSocketAddress bound)) {
      throw new IllegalArgumentException("The listener is not bound (expected: to an address).");
    }
    requireNarrow(bound.getAddress());
  }

  static void requireNarrow(InetAddress local) {
    if (local.isAnyLocalAddress()) {
      throw new IllegalArgumentException(
          "The local address is "
              + local.getHostAddress()
              + " (expected: one address of this host, not all of them).");
    }
  }

  /** A direct little-endian buffer of as many floats as the slices have elements. */
  public static ByteBuffer requireFloats(ByteBuffer floats, Slices slices, int worldSize) {
    requireDirect(floats);
    if (floats.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("The buffer is big-endian (expected: little-endian).");
    }
    if (slices.worldSize() != worldSize) {
      throw new IllegalArgumentException(
          "The slices are for " + slices.worldSize() + " ranks (expected: " + worldSize + ").");
    }
    if (floats.remaining() % Float.BYTES != 0
        || floats.remaining() / Float.BYTES != slices.elements()) {
      throw new IllegalArgumentException(
          "The buffer has "
              + floats.remaining()
              + " bytes (expected: "
              + slices.elements()
              + " floats of 4).");
    }
    return floats;
  }

  /** A buffer outside the heap that may be written. */
  public static ByteBuffer requireDirect(ByteBuffer buffer) {
    if (!buffer.isDirect() || buffer.isReadOnly()) {
      throw new IllegalArgumentException(
          "The buffer is on the heap or read-only (expected: a direct buffer).");
    }
    return buffer;
  }

  /** A number from 0 to the last rank. */
  public static int requireRank(String name, int rank, int worldSize) {
    if (rank < 0 || rank >= worldSize) {
      throw new IllegalArgumentException(
          name + " is " + rank + " (expected: 0 to " + (worldSize - 1) + ").");
    }
    return rank;
  }
}
