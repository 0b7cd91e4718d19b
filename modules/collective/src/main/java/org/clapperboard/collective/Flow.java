package org.clapperboard.collective;

/**
 * The chunks that take one direction of one connection, and how far they got: those of one slice,
 * or of a range that goes on at the buffer's beginning when it comes to its end.
 */
final class Flow {

  private final int chunkBytes;
  private final int stream;
  private final int streams;

  private int start;
  private int length;
  private int wrapped;
  private int chunksBeforeWrap;
  private int chunks;
  private int next;

  Flow(int chunkBytes, int stream, int streams) {
    this.chunkBytes = chunkBytes;
    this.stream = stream;
    this.streams = streams;
  }

  /** How many chunks a slice has; an empty one has one, so that every rank is heard. */
  static int chunksOf(int length, int chunkBytes) {
    return Math.max(1, (int) (((long) length + chunkBytes - 1) / chunkBytes));
  }

  void plan(int sliceStart, int sliceLength) {
    plan(sliceStart, sliceLength, 0);
  }

  /** Plans a range, and after it as much of the buffer's beginning. */
  void plan(int rangeStart, int rangeLength, int fromBeginning) {
    start = rangeStart;
    length = rangeLength;
    wrapped = fromBeginning;
    chunksBeforeWrap = chunksOf(rangeLength, chunkBytes);
    chunks = chunksBeforeWrap + (wrapped == 0 ? 0 : chunksOf(wrapped, chunkBytes));
    next = stream;
  }

  void planNothing() {
    chunks = 0;
    next = 0;
  }

  boolean isDone() {
    return next >= chunks;
  }

  /** The position of the next chunk, in chunks. */
  int next() {
    return next;
  }

  /** Where the next chunk starts in the buffer. */
  int offset() {
    return isWrapped(next) ? (next - chunksBeforeWrap) * chunkBytes : start + next * chunkBytes;
  }

  /** The size of the next chunk. */
  int size() {
    return size(next);
  }

  private int size(int chunk) {
    int left =
        isWrapped(chunk)
            ? wrapped - (chunk - chunksBeforeWrap) * chunkBytes
            : length - chunk * chunkBytes;
    return Math.min(chunkBytes, left);
  }

  private boolean isWrapped(int chunk) {
    return chunk >= chunksBeforeWrap;
  }

  /** How many bytes of the whole come before the next chunk of this connection. */
  long position() {
    if (isDone()) {
      return (long) length + wrapped;
    }
    return isWrapped(next) ? (long) length + offset() : (long) next * chunkBytes;
  }

  void advance() {
    next += streams;
  }

  /** The bytes of this flow in all. */
  long bytes() {
    long bytes = 0;
    for (int chunk = stream; chunk < chunks; chunk += streams) {
      bytes += size(chunk);
    }
    return bytes;
  }
}
