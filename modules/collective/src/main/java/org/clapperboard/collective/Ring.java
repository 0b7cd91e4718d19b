package org.clapperboard.collective;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A few chunks of memory that two ranks of a host share: one fills them in turn, the other empties
 * them. That a chunk is full is told by its frame's header, over TCP; how many were emptied stands
 * in the memory itself.
 *
 * <p>A sender that finds no room says so in the memory before it looks once more and sleeps, so
 * that a receiver which empties a chunk and then looks cannot miss it.
 */
final class Ring {
  /** As many as may wait to be added. */
  static final int SLOTS = RankOrderSum.WINDOW;

  private static final int LINE_BYTES = 64;
  private static final int RELEASED_AT = 0;
  private static final int WAITING_AT = LINE_BYTES;
  private static final int SLOTS_AT = 2 * LINE_BYTES;
  private static final VarHandle INT =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  private final ByteBuffer control;
  private final Chunk[] slots = new Chunk[SLOTS];

  /** Chunks filled or taken by this side, modulo 2^32. */
  private int count;

  /** Chunks released by this side, modulo 2^32. */
  private int released;

  /** A side of the ring at a place of mapped memory that was zero in the beginning. */
  Ring(ByteBuffer memory, int start, int chunkBytes) {
    this.control = memory.slice(start, SLOTS_AT);
    for (int i = 0; i < SLOTS; i++) {
      int at = start + SLOTS_AT + i * slotBytes(chunkBytes);
      slots[i] = Chunk.of(memory.slice(at, chunkBytes));
    }
  }

  /** What a ring takes of the memory. */
  static int bytes(int chunkBytes) {
    return SLOTS_AT + SLOTS * slotBytes(chunkBytes);
  }

  private static int slotBytes(int chunkBytes) {
    return (chunkBytes + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
  }

  /** Whether the sender may fill a chunk; if not, it will be woken. */
  boolean hasRoom() {
    if (isFree()) {
      return true;
    }
    INT.setVolatile(control, WAITING_AT, 1);
    return isFree();
  }

  private boolean isFree() {
    return count - (int) INT.getVolatile(control, RELEASED_AT) < SLOTS;
  }

  /** Fills the next chunk. */
  void fill(ByteBuffer data) {
    slots[slot(count)].bytes().clear().put(data);
    count++;
    VarHandle.releaseFence();
  }

  /** Copies the next full chunk out and releases it; true if the sender has to be woken. */
  boolean empty(ByteBuffer target) {
    ByteBuffer slot = lend().bytes();
    target.put(slot.clear().limit(target.remaining()));
    return release();
  }

  /** The next full chunk, which stays until it is released. */
  Chunk lend() {
    VarHandle.acquireFence();
    return slots[slot(count++)];
  }

  /** Gives the oldest chunk taken back to the sender; true if the sender has to be woken. */
  boolean release() {
    released++;
    INT.setVolatile(control, RELEASED_AT, released);
    return (int) INT.getVolatile(control, WAITING_AT) == 1
        && (int) INT.getAndSet(control, WAITING_AT, 0) == 1;
  }

  private static int slot(int number) {
    return Integer.remainderUnsigned(number, SLOTS);
  }
}
