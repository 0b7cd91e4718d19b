package org.clapperboard.data.storage;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.parquet.bytes.ByteBufferAllocator;

/**
 * Memory outside the heap that files are read into, used again for the next row group: neither does
 * the system fetch and clear new pages each time, nor has the garbage collector anything to do with
 * it. All pieces have one size, so that each fits every use. For one thread at a time; readers that
 * take turns may share one.
 */
public final class ReadBuffers implements ByteBufferAllocator {
  /** Length of a piece in bytes; Parquet reads longer parts of a file into several. */
  static final int PIECE = 8 << 20;

  /**
   * The system copies into the beginning of a page five times as fast as to 16 bytes behind it,
   * where what is allocated usually begins (AMD EPYC of the fourth generation).
   */
  private static final int PAGE = 4096;

  private final Deque<ByteBuffer> free = new ArrayDeque<>();

  @Override
  public ByteBuffer allocate(int size) {
    ByteBuffer piece = free.poll();
    if (piece == null || piece.capacity() < size) {
      piece = ByteBuffer.allocateDirect(Math.max(size, PIECE) + PAGE).alignedSlice(PAGE);
    }
    return piece.clear().limit(size);
  }

  @Override
  public void release(ByteBuffer piece) {
    if (piece.capacity() >= PIECE) {
      free.push(piece);
    }
  }

  @Override
  public boolean isDirect() {
    return true;
  }
}
