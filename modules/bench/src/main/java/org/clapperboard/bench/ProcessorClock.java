package org.clapperboard.bench;

import java.lang.management.ManagementFactory;

/**
 * Time that this process has used on processors, all its threads together: what collecting garbage
 * and compiling cost counts as much as the work itself.
 */
final class ProcessorClock {
  private ProcessorClock() {}

  /** Seconds since the process began. */
  static double seconds() {
    java.lang.management.OperatingSystemMXBean system =
        ManagementFactory.getOperatingSystemMXBean();
    if (system instanceof com.sun.management.OperatingSystemMXBean known) {
      return known.getProcessCpuTime() / 1e9;
    }
    throw new UnsupportedOperationException("this Java does not tell its processor time");
  }
}
