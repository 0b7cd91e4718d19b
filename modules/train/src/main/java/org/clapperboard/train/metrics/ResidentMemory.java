package org.clapperboard.train.metrics;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Memory of a process that is not swapped out.
 *
 * @param bytes now, heap and tensors alike
 * @param peakBytes the most that it has been
 * @param heapBytes what of the peak was the heap's
 */
public record ResidentMemory(long bytes, long peakBytes, long heapBytes) implements Serializable {
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** The most that it has been without the heap. */
  public long peakBesideHeap() {
    return peakBytes - heapBytes;
  }

  /**
   * Counts the most that this process has been from now on, where Linux lets it: an executor may
   * have trained another stage before.
   */
  public static void forgetPeak() {
    try {
      Files.writeString(CLEAR, "5", StandardOpenOption.WRITE);
    } catch (IOException e) {
      // The peak stays that of all its life.
    }
  }
}
