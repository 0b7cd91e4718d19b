package org.clapperboard.train.metrics;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory of a process that is not swapped out, heap and tensors alike.
 *
 * @param bytes now
 * @param peakBytes the most that it has been
 */
public record ResidentMemory(long bytes, long peakBytes) implements Serializable {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** That of this process, as Linux tells it (proc(5): VmRSS, VmHWM); zeros elsewhere. */
  public static ResidentMemory now() {
    try {
      return of(Files.readAllLines(STATUS));
    } catch (IOException e) {
      return new ResidentMemory(0, 0);
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
