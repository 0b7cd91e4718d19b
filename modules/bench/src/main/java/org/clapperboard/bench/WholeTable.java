package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.BadData;

/** All that one run measured, as it grows; on disk it is one file of JSON. */
final class WholeTable {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final String BENCH = "all";
  private static final String LINES = "lines";

  private final ObjectNode json;
  private final List<PathResult> results = new ArrayList<>();

  /** Nothing measured yet. */
  WholeTable() {
    this(JSON.createObjectNode().put("bench", BENCH));
  }

  private WholeTable(ObjectNode json) {
    this.json = json;
  }

  /**
   * A table that was saved.
   *
   * @throws BadData if the file is none
   */
  static WholeTable read(Path file) throws IOException {
    String text = Files.readString(file);
    JsonNode json;
    try {
      json = JSON.readTree(text);
    } catch (IOException e) {
      throw new BadData("Cannot read " + file + ": it is no JSON.", e);
    }
    if (!json.path("bench").asText().equals(BENCH) || !json.has(LINES)) {
      throw new BadData("Cannot read " + file + ": it was not written by jobs/bench.sh all.");
    }
    WholeTable table = new WholeTable((ObjectNode) json);
    json.get(LINES).forEach(line -> table.results.add(PathResult.read(line)));
    return table;
  }

  List<PathResult> results() {
    return List.copyOf(results);
  }

  /** Whether a goal was missed. */
  boolean missed() {
    return results.stream().anyMatch(PathResult::missed);
  }

  /** What stands beside the lines: the machine, its noise and ceilings, all figures of a verb. */
  ObjectNode beside() {
    return json;
  }

  void add(List<PathResult> lines) {
    results.addAll(lines);
  }

  /** Writes all so far; whoever reads meanwhile sees the file before. */
  void save(Path file) throws IOException {
    ArrayNode lines = json.putArray(LINES);
    results.forEach(result -> lines.add(result.json()));
    Path folder = Files.createDirectories(file.toAbsolutePath().getParent());
    Path written = Files.createTempFile(folder, file.getFileName().toString(), ".part");
    Files.writeString(written, JSON.writeValueAsString(json) + "\n");
    Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** The table for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>(PathResult.HEAD.lines().toList());
    results.forEach(result -> lines.add(result.line()));
    return lines;
  }
}
