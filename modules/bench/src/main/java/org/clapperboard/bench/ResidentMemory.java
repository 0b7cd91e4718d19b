package org.clapperboard.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of this process that lies in RAM, as Linux counts it: what is nobody else's
 * (anonymous: heap, activations, copied weights) and what is of files (mapped weights, libraries),
 * which the system may take back when it wants.
 *
 * <p>Linux keeps the peak of the whole; the peaks of its kinds are watched for while this is open.
 * Elsewhere nothing is known.
 */
final class ResidentMemory implements AutoCloseable {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern LINE = Pattern.compile("(VmHWM|RssAnon|RssFile):\\s+(\\d+) kB");
  private static final long EVERY_MILLIS = 20;

  private final Path status;
  private final Thread watcher = new Thread(this::watch, "resident-memory");
  private long mostAnonymous;
  private long mostOfFiles;
  private boolean closed;

  /**
   * Peaks in bytes, each at its own time.
   *
   * @param resident the whole
   * @param anonymous what is of no file
   * @param ofFiles what is of files
   */
  record Peaks(long resident, long anonymous, long ofFiles) {}

  /** Begins to watch this process. */
  ResidentMemory() {
    this(STATUS);
  }

  ResidentMemory(Path status) {
    this.status = status;
    watcher.setDaemon(true);
    if (known()) {
      watcher.start();
    }
  }

  private boolean known() {
    return Files.isReadable(status);
  }

  /** What has been seen so far, or null where the system does not say. */
  synchronized Peaks peaks() {
    if (!known()) {
      return null;
    }
    Map<String, Long> now = look();
    return new Peaks(now.get("VmHWM"), mostAnonymous, mostOfFiles);
  }

  private synchronized Map<String, Long> look() {
    Map<String, Long> now = new LinkedHashMap<>();
    try {
      Matcher lines = LINE.matcher(Files.readString(status));
      while (lines.find()) {
        now.put(lines.group(1), 1024 * Long.parseLong(lines.group(2)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + status, e);
    }
    mostAnonymous = Math.max(mostAnonymous, now.get("RssAnon"));
    mostOfFiles = Math.max(mostOfFiles, now.get("RssFile"));
    return now;
  }

  private synchronized void watch() {
    try {
      while (!closed) {
        look();
        wait(EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
