package org.clapperboard.bench;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.clapperboard.config.WorkerLost;

/** Reads what another JVM on this machine holds, from outside: of Linux, and of the JVM itself. */
final class ProcessGauge implements AutoCloseable {
  private static final Pattern STATUS = Pattern.compile("(VmRSS|RssAnon|Threads):\\s+(\\d+)");

  private final String name;
  private final Path process;
  private final JMXConnector connector;
  private final MemoryMXBean memory;
  private final BufferPoolMXBean direct;

  /**
   * What a process held.
   *
   * @param seconds when, since the first
   * @param resident bytes in RAM
   * @param anonymous bytes of them that are of no file
   * @param threads of the process
   * @param files that it has open, sockets included
   * @param heap bytes of objects, dead ones among them unless they were collected just before
   * @param direct bytes in direct buffers, likewise
   * @param collected whether the heap was collected just before
   */
  record Reading(
      double seconds,
      long resident,
      long anonymous,
      long threads,
      long files,
      long heap,
      long direct,
      boolean collected) {}

  /** A gauge of a JVM of this user. */
  @SuppressWarnings("BanJNDI") // The address is that of a process which we have started.
  ProcessGauge(String name, ProcessHandle jvm) throws IOException {
    this.name = name;
    this.process = Path.of("/proc", String.valueOf(jvm.pid()));
    try {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(jvm.pid()));
      String agent = machine.startLocalManagementAgent();
      machine.detach();
      this.connector = JMXConnectorFactory.connect(new JMXServiceURL(agent));
    } catch (AttachNotSupportedException e) {
      throw new WorkerLost("Cannot read what " + name + " holds: " + e.getMessage(), e);
    }
    MBeanServerConnection beans = connector.getMBeanServerConnection();
    this.memory = ManagementFactory.getPlatformMXBean(beans, MemoryMXBean.class);
    this.direct =
        ManagementFactory.getPlatformMXBeans(beans, BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow();
  }

  String name() {
    return name;
  }

  /**
   * Reads.
   *
   * @param collect whether dead objects are collected first
   * @throws WorkerLost if the process has ended
   */
  Reading read(double seconds, boolean collect) {
    try {
      if (collect) {
        memory.gc();
      }
      long heap = memory.getHeapMemoryUsage().getUsed();
      long buffers = direct.getMemoryUsed();
      Map<String, Long> status = status(Files.readString(process.resolve("status")));
      long files;
      try (Stream<Path> open = Files.list(process.resolve("fd"))) {
        files = open.count();
      }
      return new Reading(
          seconds,
          1024 * status.get("VmRSS"),
          1024 * status.get("RssAnon"),
          status.get("Threads"),
          files,
          heap,
          buffers,
          collect);
    } catch (IOException | RuntimeException e) {
      throw new WorkerLost("Cannot read what " + name + " holds: " + e.getMessage(), e);
    }
  }

  private static Map<String, Long> status(String text) {
    Map<String, Long> found = new HashMap<>();
    Matcher lines = STATUS.matcher(text);
    while (lines.find()) {
      found.put(lines.group(1), Long.parseLong(lines.group(2)));
    }
    return found;
  }

  @Override
  public void close() {
    try {
      connector.close();
    } catch (IOException e) {
      // The process has ended.
    }
  }
}
