package org.clapperboard.collective;

/** The chunks of one slice that take one direction of one connection, and how far they got. */
final class Flow {

  private final int chunkBytes;
  private final int stream;
  private final int streams;

  private int start;
  private int length;
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
    start = sliceStart;
    length = sliceLength;
    chunks = chunksOf(sliceLength, chunkBytes);
    next = stream;
  }

  void planNothing() {
    chunks = 0;
    next = 0;
  }

  boolean isDone() {
    return next >= chunks;
  }

  /** The position of the next chunk in its slice, in chunks. */
  int next() {
    return next;
  }

  /** Where the next chunk starts in the buffer. */
  int offset() {
    return start + next * chunkBytes;
  }

  /** The size of the next chunk. */
  int size() {
    return Math.min(chunkBytes, length - next * chunkBytes);
  }

  void advance() {
    next += streams;
  }

  /** The bytes of this flow in all. */
  long bytes() {
    long bytes = 0;
    for (int chunk = stream; chunk < chunks; chunk += streams) {
      bytes += Math.min(chunkBytes, length - (long) chunk * chunkBytes);
    }
    return bytes;
  }
}
