package org.clapperboard.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of golden fixtures: pairs {@code NAME.json} and {@code NAME.safetensors}, made by the
 * reference code. The second file of a pair may be missing.
 *
 * <p>Other sets with other seeds and sizes have the same layout, so a test takes every fixture of
 * its kind that it finds.
 */
public record GoldenFixtures(Path folder) {
  private static final String KEPT = "modules/testing/golden";
  private static final String TENSORS = ".safetensors";

  /**
   * The folder that {@code -Dgolden=DIR} names, else the small set kept in the repository. A
   * relative folder starts at the root of the repository, whichever module's tests run.
   */
  public static GoldenFixtures chosen() {
    String named = System.getProperty("golden", "");
    return new GoldenFixtures(repository().resolve(named.isEmpty() ? KEPT : named).normalize());
  }

  /** The root of the repository. */
  static Path repository() {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve(KEPT))) {
        return folder;
      }
    }
    throw new IllegalStateException("no folder above " + start + " has " + KEPT);
  }

  /** The fixtures whose name begins so, sorted by name; empty if there is none. */
  public List<Fixture> startingWith(String prefix) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(prefix) && name.endsWith(".json"))
          .sorted()
          .map(name -> new Fixture(folder, name.substring(0, name.length() - ".json".length())))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Files of tensors without a description, which no test can understand. */
  List<String> orphans() {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(TENSORS))
          .filter(name -> !Files.exists(folder.resolve(name.replace(TENSORS, ".json"))))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Fails unless both have the same length and no value is further off than the tolerance. */
  public static void assertClose(String what, float[] actual, float[] expected, float tolerance) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      // Not through AssertJ: some arrays have millions of values.
      if (!(Math.abs(actual[i] - expected[i]) <= tolerance)) {
        throw new AssertionError(
            "%s: value %d is %s (expected: %s within %s)"
                .formatted(what, i, actual[i], expected[i], tolerance));
      }
    }
  }

  /** One pair of files. */
  public record Fixture(Path folder, String name) {

    /** The description: settings, cases, tolerances. */
    public JsonNode json() {
      Path file = folder.resolve(name + ".json");
      try {
        return new ObjectMapper().readTree(file.toFile());
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read " + file + ": " + e.getMessage(), e);
      }
    }

    /** The file of the numbers; some fixtures have none. */
    public Path file() {
      return folder.resolve(name + TENSORS);
    }

    /** The numbers. */
    public SafetensorsFile tensors() {
      return SafetensorsFile.open(file());
    }

    @Override
    public String toString() {
      return name;
    }
  }
}
