package org.clapperboard.data.order;

import java.util.Arrays;
import java.util.List;

/**
 * The order in which a set of blocks is read: a pure function of seed and epoch, the same whatever
 * the number of ranks.
 *
 * <p>Whole blocks (row groups) are shuffled, then the samples inside a window of neighbouring
 * blocks, so that a reader stays within a window while any sample can meet any other of it. A
 * window that covers everything is a full shuffle.
 *
 * <p>Not thread-safe: it remembers the window it was in last.
 */
public final class SampleOrder {
  private final long[] blockSizes;
  private final long total;
  private final long seed;
  private final long window;
  private Epoch current;

  /**
   * Where a sample is.
   *
   * @param block number of its block
   * @param row its row in the block
   */
  public record Address(int block, int row) {}

  /**
   * An order over blocks of the given sizes.
   *
   * @param window samples shuffled together at least, unless there are fewer
   */
  public SampleOrder(List<Long> blockSizes, long seed, long window) {
    this.blockSizes = blockSizes.stream().mapToLong(Long::longValue).toArray();
    this.total = Arrays.stream(this.blockSizes).sum();
    this.seed = seed;
    this.window = window;
    if (total < 1) {
      throw new IllegalArgumentException("there are no samples to put in order");
    }
  }

  /** Samples of one epoch. */
  public long size() {
    return total;
  }

  /** The sample at a position that counts on through the epochs. */
  public Address at(long position) {
    long epoch = position / total;
    if (current == null || current.number != epoch) {
      current = new Epoch(epoch);
    }
    return current.at(position % total);
  }

  /** One epoch: shuffled blocks, where its windows begin, and the one that was asked for last. */
  private final class Epoch {
    private final long number;
    private final int[] blocks;
    private final long[] ends;
    private final long[] windowStarts;
    private long windowStart;
    private int[] windowOrder = new int[0];

    Epoch(long number) {
      this.number = number;
      this.blocks = Permutation.of(blockSizes.length, Permutation.seed("blocks", seed, number));
      this.ends = new long[blocks.length];
      long end = 0;
      for (int i = 0; i < blocks.length; i++) {
        end += blockSizes[blocks[i]];
        ends[i] = end;
      }
      this.windowStarts = windowStarts(ends);
    }

    /** Windows are whole blocks, taken until there are enough samples. */
    private long[] windowStarts(long[] blockEnds) {
      long[] starts = new long[blockEnds.length];
      int count = 1; // The first begins at 0.
      for (long end : blockEnds) {
        if (end - starts[count - 1] >= window && end < total) {
          starts[count++] = end;
        }
      }
      return Arrays.copyOf(starts, count);
    }

    Address at(long index) {
      if (index < windowStart || index >= windowStart + windowOrder.length) {
        enterWindow(index);
      }
      long shuffled = windowStart + windowOrder[(int) (index - windowStart)];
      int place = after(shuffled);
      long start = place == 0 ? 0 : ends[place - 1];
      return new Address(blocks[place], (int) (shuffled - start));
    }

    /** The first block that ends beyond the index. */
    private int after(long index) {
      int found = Arrays.binarySearch(ends, index + 1);
      int place = found >= 0 ? found : -found - 1;
      while (place > 0 && ends[place - 1] == ends[place]) {
        place--; // Empty blocks end where the one before them does.
      }
      return place;
    }

    private void enterWindow(long index) {
      int found = Arrays.binarySearch(windowStarts, index);
      int entered = found >= 0 ? found : -found - 2;
      long start = windowStarts[entered];
      long end = entered + 1 < windowStarts.length ? windowStarts[entered + 1] : total;
      windowStart = start;
      windowOrder =
          Permutation.of(
              Math.toIntExact(end - start), Permutation.seed("window", seed, number, start));
    }
  }
}
