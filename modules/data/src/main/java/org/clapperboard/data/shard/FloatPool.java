package org.clapperboard.data.shard;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Native buffers of floats that are used again and again: new ones are filled with zeros first, and
 * freed only when the garbage collector gets to them. What lies idle and what is out together never
 * exceed the most that was out at once. Thread-safe.
 */
public final class FloatPool {
  private final Map<Integer, ArrayDeque<FloatBuffer>> idle = new HashMap<>();
  private long out;
  private long mostOut;
  private long idleFloats;

  /** A buffer of so many floats, from position 0; they have any value. */
  public synchronized FloatBuffer take(int floats) {
    out += floats;
    mostOut = Math.max(mostOut, out);
    ArrayDeque<FloatBuffer> fitting = idle.get(floats);
    if (fitting == null || fitting.isEmpty()) {
      makeRoom();
      return direct(floats);
    }
    idleFloats -= floats;
    return fitting.pop().clear();
  }

  /** Takes a buffer back, which the caller uses no more. */
  public synchronized void giveBack(FloatBuffer buffer) {
    out -= buffer.capacity();
    idle.computeIfAbsent(buffer.capacity(), size -> new ArrayDeque<>()).push(buffer);
    idleFloats += buffer.capacity();
    makeRoom();
  }

  /** Drops idle buffers, of whatever size, that are beyond the limit. */
  private void makeRoom() {
    var sizes = idle.entrySet().iterator();
    while (out + idleFloats > mostOut && sizes.hasNext()) {
      Map.Entry<Integer, ArrayDeque<FloatBuffer>> size = sizes.next();
      while (out + idleFloats > mostOut && !size.getValue().isEmpty()) {
        size.getValue().pop();
        idleFloats -= size.getKey();
      }
      if (size.getValue().isEmpty()) {
        sizes.remove();
      }
    }
  }

  /** Floats that are out or idle. */
  public synchronized long floats() {
    return out + idleFloats;
  }

  /** A native buffer of its own, for a caller without a pool. */
  static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
