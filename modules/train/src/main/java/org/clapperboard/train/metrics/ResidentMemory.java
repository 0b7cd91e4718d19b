package org.clapperboard.train.metrics;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Memory of a process that is not swapped out, heap and tensors alike.
 *
 * @param bytes now
 * @param peakBytes the most that it has been
 */
public record ResidentMemory(long bytes, long peakBytes) implements Serializable {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** That of this process, as Linux tells it (proc(5): VmRSS, VmHWM); zeros elsewhere. */
  public static ResidentMemory now() {
    try {
      return of(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return new ResidentMemory(0, 0);
    }
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

  static ResidentMemory of(List<String> status) {
    return new ResidentMemory(bytes(status, "VmRSS:"), bytes(status, "VmHWM:"));
  }

  private static long bytes(List<String> status, String key) {
    for (String line : status) {
      if (line.startsWith(key)) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }
}
