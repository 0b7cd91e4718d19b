package org.clapperboard.train.metrics;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Watches how much memory this process has. What of it is heap depends on how long the process has
 * run and on what its heap may grow to; the rest is what a plan can know.
 */
public final class MemoryWatch {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");
  private static final Pattern RANGE =
      Pattern.compile("\\[(0x\\p{XDigit}+),.*?(0x\\p{XDigit}+)\\)");
  private static final Pattern MAPPING = Pattern.compile("(\\p{XDigit}+)-\\p{XDigit}+ .*");

  /** Reading all mappings takes milliseconds: the heap is looked at when the peak has risen so. */
  private static final double RISE = 1.01;

  private long peakThen;
  private long heapThen;

  /** What Linux tells (proc(5): VmRSS, VmHWM, and Rss of the heap's mappings); zeros elsewhere. */
  public ResidentMemory now() {
    try {
      List<String> status = Files.readAllLines(STATUS);
      long peak = bytes(status, "VmHWM:");
      if (peak > RISE * peakThen) {
        heapThen = bytesBetween(Files.readAllLines(MAPPINGS), heap());
        peakThen = peak;
      }
      return new ResidentMemory(bytes(status, "VmRSS:"), peak, heapThen);
    } catch (IOException | JMException e) {
      return new ResidentMemory(0, 0, 0);
    }
  }

  /**
   * Begins anew, as far as Linux and the JVM let it: an executor may have trained another stage
   * before. What that has freed goes back to the system, which the C library would keep, and the
   * most that the process has been is counted from now on.
   */
  public static void begin() {
    // Direct buffers are given back when they are collected, which small heaps seldom ask for.
    System.gc();
    try {
      diagnose("systemTrimNativeHeap");
    } catch (JMException e) {
      // A JVM without this command keeps what is free.
    }
    try {
      Files.writeString(CLEAR, "5", StandardOpenOption.WRITE);
    } catch (IOException e) {
      // The peak stays that of all its life.
    }
  }

  /** Where the heap lies, as the JVM tells it: one range, or one for each generation. */
  private static String heap() throws JMException {
    return diagnose("gcHeapInfo");
  }

  /** What a command of jcmd says of this process. */
  private static String diagnose(String command) throws JMException {
    ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
    return (String)
        ManagementFactory.getPlatformMBeanServer().invoke(commands, command, null, null);
  }

  /** The value of a line in kB, in bytes, or 0. */
  static long bytes(List<String> status, String key) {
    for (String line : status) {
      if (line.startsWith(key)) {
        return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    return 0;
  }

  /** What is resident of the mappings that begin in the ranges of a text. */
  static long bytesBetween(List<String> mappings, String ranges) {
    long low = Long.MAX_VALUE;
    long high = 0;
    for (Matcher range = RANGE.matcher(ranges); range.find(); ) {
      low = Math.min(low, Long.decode(range.group(1)));
      high = Math.max(high, Long.decode(range.group(2)));
    }
    long bytes = 0;
    boolean inside = false;
    for (String line : mappings) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        inside = start >= low && start < high;
      } else if (inside && line.startsWith("Rss:")) {
        bytes += bytes(List.of(line), "Rss:");
      }
    }
    return bytes;
  }
}
