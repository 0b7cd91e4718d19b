package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.clapperboard.app.Console;
import picocli.CommandLine.Option;

/** Where a measurement goes: a table for people, and JSON if that is wanted. */
final class FiguresOption {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes all figures to this file as well.")
  private Path json;

  private final Console console = new Console();
  private final double loadBefore = load();

  /** Prints a table and writes the figures; when, where and beside what they were taken as well. */
  void show(Figures figures) throws IOException {
    double loadAfter = load();
    figures.table().forEach(line -> console.line("%s", line));
    console.line(
        "%d processors, load %.1f before and %.1f after", processors(), loadBefore, loadAfter);
    if (json == null) {
      return;
    }
    ObjectNode all = figures.json();
    all.put("taken", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("processors", processors())
        .put("load-before", loadBefore)
        .put("load-after", loadAfter)
        .put("java", System.getProperty("java.version"));
    Files.writeString(json, JSON.writeValueAsString(all) + "\n");
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
