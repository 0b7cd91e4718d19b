package org.clapperboard.bench;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clapperboard.media.MediaDecoder;

/** What measures: the machine, what else it does, and the versions of all that takes part. */
final class Machine {
  private static final int STEAL = 7;
  private static final String VERSIONS =
      """
      import importlib
      for name in ("torch", "torchaudio", "av", "PIL", "numpy"):
          try:
              print(name, importlib.import_module(name).__version__)
          except Exception:
              print(name, "none")
      """;

  private final String processor;
  private final String versions;
  private final double loadBefore = load();
  private final long[] ticksBefore = ticks();

  /**
   * This machine, now.
   *
   * @param pythons interpreters of the peers
   */
  Machine(List<String> pythons) {
    this.processor =
        lines("/proc/cpuinfo").stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
    String peers =
        pythons.stream()
            .distinct()
            .map(python -> python + ": " + told(python, "-c", VERSIONS).replace('\n', ','))
            .collect(Collectors.joining("; "));
    this.versions =
        String.format(
            "Java %s, libtorch %s, %s; %s; %s; %s",
            System.getProperty("java.version"),
            Engine.getEngine("PyTorch").getVersion(),
            MediaDecoder.version(),
            peers,
            first(told("ffmpeg", "-version"), "no ffmpeg"),
            first(told("iperf3", "--version"), "no iperf3"));
  }

  /** The machine with its load and what others took of it since this was made. */
  ObjectNode json() {
    return new ObjectMapper()
        .createObjectNode()
        .put("processor", processor)
        .put("processors", Runtime.getRuntime().availableProcessors())
        .put("load-before", loadBefore)
        .put("load-after", load())
        .put("steal-percent", steal())
        .put("versions", versions);
  }

  /** The same in a line or two. */
  static List<String> lines(ObjectNode json) {
    return List.of(
        String.format(
            Locale.ROOT,
            "%s, %d processors, load %.1f before and %.1f after, %.1f %% of its time given to others",
            json.get("processor").asText(),
            json.get("processors").asInt(),
            json.get("load-before").asDouble(),
            json.get("load-after").asDouble(),
            json.get("steal-percent").asDouble()),
        json.get("versions").asText());
  }

  /** What a program says, or nothing where there is none or it fails. */
  static String told(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return process.waitFor() == 0 ? told.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static String first(String told, String otherwise) {
    return told.isEmpty() ? otherwise : told.lines().findFirst().orElseThrow();
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private double steal() {
    long[] now = ticks();
    long all = Arrays.stream(now).sum() - Arrays.stream(ticksBefore).sum();
    return now.length <= STEAL || all == 0 ? 0 : 100.0 * (now[STEAL] - ticksBefore[STEAL]) / all;
  }

  /** Of all processors: user, nice, system, idle, waiting, two kinds of interrupts, steal. */
  private static long[] ticks() {
    return lines("/proc/stat").stream()
        .limit(1)
        .flatMap(line -> Stream.of(line.split("\\s+")).skip(1))
        .limit(STEAL + 1)
        .mapToLong(Long::parseLong)
        .toArray();
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file));
    } catch (IOException e) {
      // Only Linux has it.
      return List.of();
    }
  }
}
