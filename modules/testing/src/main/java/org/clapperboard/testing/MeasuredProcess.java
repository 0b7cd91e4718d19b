package org.clapperboard.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What some work takes of memory, in a process of its own: what earlier work has given back would
 * hide what the next one takes. The process is this JVM again, with a main class that ends with
 * {@link #printGrowth}.
 */
public final class MeasuredProcess {
  private MeasuredProcess() {}

  /** Bytes by which the process of a main class says that it has grown at most. */
  public static long growth(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return growth(main, Map.of(), arguments);
  }

  /** The same in an environment with more in it. */
  public static long growth(Class<?> main, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx48m", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(main.getName() + " failed: " + said);
    }
    return Long.parseLong(said.lines().reduce((first, last) -> last).orElseThrow());
  }

  /** Does some work, and prints by how much this process has grown meanwhile at most. */
  public static void printGrowth(Runnable work) throws IOException {
    long before = status("VmRSS:");
    work.run();
    System.out.println(status("VmHWM:") - before);
  }

  private static long status(String key) throws IOException {
    String line =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(some -> some.startsWith(key))
            .findFirst()
            .orElseThrow();
    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
  }
}
