package org.clapperboard.train.metrics;

import java.io.Serializable;

/**
 * Memory of a process that is not swapped out.
 *
 * @param bytes now, heap and tensors alike
 * @param peakBytes the most that it has been
 * @param heapBytes what of the peak was the heap's
 */
public record ResidentMemory(long bytes, long peakBytes, long heapBytes) implements Serializable {
  /** The most that it has been without the heap. */
  public long peakBesideHeap() {
    return peakBytes - heapBytes;
  }
}
