package org.clapperboard.collective;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Adds the parts of all ranks to one slice, chunk by chunk and in rank order, as they arrive.
 *
 * <p>A chunk waits in a small window until the parts of all ranks are there, so that the order of
 * the additions, and with it every bit of the sum, does not depend on who is faster. The window
 * bounds the memory to four chunks per peer: one further ahead is not read until there is room.
 */
final class RankOrderSum {

  /** What becomes bfloat16; the parts of peers have come that way then. */
  enum Rounding {
    NONE,
    TERMS,
    TERMS_AND_SUM
  }

  /** Chunks of each peer that may wait at a time. */
  static final int WINDOW = 4;

  /** Two of these stay in the first-level cache. */
  private static final int BLOCK_FLOATS = 2048;

  private final int rank;
  private final int chunkBytes;
  private final Chunk[][] kept;

  /** The parts that are there: in this rank's own buffers, or in memory that is lent. */
  private final Chunk[][] parts;

  private final int[] arrived = new int[WINDOW];
  private final float[] total = new float[BLOCK_FLOATS];
  private final float[] term = new float[BLOCK_FLOATS];
  private final short[] halves = new short[BLOCK_FLOATS];

  private FloatBuffer own;
  private Rounding rounding = Rounding.NONE;
  private int contributors;
  private int first;
  private int end;
  private int chunks;
  private int finished;

  RankOrderSum(int rank, int worldSize, int chunkBytes) {
    this.rank = rank;
    this.chunkBytes = chunkBytes;
    this.kept = new Chunk[worldSize][WINDOW];
    this.parts = new Chunk[worldSize][WINDOW];
  }

  /** Starts a slice to which every rank contributes. */
  void beginAdding(ByteBuffer data, int start, int length, Rounding rule) {
    ByteBuffer slice = data.slice(start, length).order(ByteOrder.LITTLE_ENDIAN);
    begin(length, parts.length - 1);
    own = slice.asFloatBuffer();
    rounding = rule;
    first = 0;
    end = parts.length;
  }

  /** Starts a buffer to which this rank adds its own part of what the one before has summed up. */
  void beginPassing(ByteBuffer data, int length) {
    beginAdding(data, 0, length, Rounding.NONE);
    contributors = 1;
    first = rank - 1;
    end = rank + 1;
  }

  /** Starts a slice that is copied from a number of ranks (0 or 1), not added up. */
  void beginCopying(int length, int sources) {
    begin(length, sources);
  }

  private void begin(int length, int sources) {
    own = null;
    contributors = sources;
    chunks = Flow.chunksOf(length, chunkBytes);
    finished = 0;
    Arrays.fill(arrived, 0);
  }

  /** Forgets the caller's buffer. */
  void end() {
    own = null;
  }

  boolean isAdding() {
    return own != null;
  }

  boolean isDone() {
    return finished == chunks;
  }

  /** How many chunks of the slice are final; they may be sent on. */
  int finished() {
    return finished;
  }

  /** As many bytes from the beginning are final. */
  long finishedBytes() {
    return isDone() ? Long.MAX_VALUE : (long) finished * chunkBytes;
  }

  boolean hasRoomFor(int chunk) {
    return chunk < finished + WINDOW;
  }

  /** Where a peer's part of a chunk goes until it is added. */
  ByteBuffer roomFor(int peer, int chunk, int bytes) {
    int slot = chunk % WINDOW;
    if (kept[peer][slot] == null) {
      kept[peer][slot] = Chunk.allocate(chunkBytes);
    }
    parts[peer][slot] = kept[peer][slot];
    return kept[peer][slot].bytes().clear().limit(bytes);
  }

  /** Adds a peer's part of a chunk from where it is; it stays there until the chunk is final. */
  void lend(int peer, int chunk, Chunk part) {
    parts[peer][chunk % WINDOW] = part;
  }

  void arrived(int chunk) {
    arrived[chunk % WINDOW]++;
  }

  /** Adds every chunk that is complete; true if there was one. */
  boolean advance() {
    int before = finished;
    while (finished < chunks && arrived[finished % WINDOW] == contributors) {
      if (isAdding()) {
        add(finished);
      }
      arrived[finished % WINDOW] = 0;
      finished++;
    }
    return finished > before;
  }

  private void add(int chunk) {
    int chunkFloats = chunkBytes / Float.BYTES;
    int start = chunk * chunkFloats;
    int count = Math.min(chunkFloats, own.capacity() - start);
    for (int done = 0; done < count; done += BLOCK_FLOATS) {
      addBlock(start, done, Math.min(BLOCK_FLOATS, count - done), chunk % WINDOW);
    }
  }

  /** Through arrays: bulk copies and this loop over arrays are what the compiler vectorises. */
  private void addBlock(int start, int done, int count, int slot) {
    for (int peer = first; peer < end; peer++) {
      float[] into = peer == first ? total : term;
      read(peer, start, done, count, slot, into);
      if (peer > first) {
        for (int i = 0; i < count; i++) {
          total[i] += term[i];
        }
      }
    }
    if (rounding == Rounding.TERMS_AND_SUM) {
      round(total, count);
    }
    own.put(start + done, total, 0, count);
  }

  private void read(int peer, int start, int done, int count, int slot, float[] into) {
    if (peer == rank) {
      own.get(start + done, into, 0, count);
      if (rounding != Rounding.NONE) {
        round(into, count);
      }
    } else if (rounding == Rounding.NONE) {
      parts[peer][slot].floats().get(done, into, 0, count);
    } else {
      parts[peer][slot].halves().get(done, halves, 0, count);
      for (int i = 0; i < count; i++) {
        into[i] = Bfloat16.toFloat(halves[i]);
      }
    }
  }

  private static void round(float[] values, int count) {
    for (int i = 0; i < count; i++) {
      values[i] = Bfloat16.rounded(values[i]);
    }
  }
}
