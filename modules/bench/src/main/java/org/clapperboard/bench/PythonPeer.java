package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A Python program that does the same work; its imports are not measured either. */
final class PythonPeer extends LineProcess {
  private final Path script;

  /**
   * Starts a program of this module's resources.
   *
   * @param python the interpreter; Debian's packages belong to /usr/bin/python3
   */
  PythonPeer(String python, String name, List<String> arguments) throws IOException {
    this(python, name, arguments, 1);
  }

  /** The same with so many threads. */
  PythonPeer(String python, String name, List<String> arguments, int threads) throws IOException {
    this(python, name, unpacked(name), arguments, threads);
  }

  private PythonPeer(String python, String name, Path script, List<String> arguments, int threads)
      throws IOException {
    super(
        name,
        Stream.concat(Stream.of(python, script.toString()), arguments.stream()).toList(),
        threads(threads));
    this.script = script;
  }

  /** What tells so to all libraries that may bring threads of their own; they read it once. */
  static Map<String, String> threads(int count) {
    String number = String.valueOf(count);
    return Map.of(
        "OMP_NUM_THREADS", number, "OPENBLAS_NUM_THREADS", number, "MKL_NUM_THREADS", number);
  }

  /** In a folder of its own: Python imports what lies beside a script before its own libraries. */
  private static Path unpacked(String name) throws IOException {
    Path script = Files.createTempDirectory("clapperboard-peer-").resolve(name + ".py");
    try (InputStream source = PythonPeer.class.getResourceAsStream("/peers/" + name + ".py")) {
      Files.write(script, source.readAllBytes());
    }
    return script;
  }

  /** Why Python packages cannot be used, or null if all are there. */
  static String missing(String python, String... packages) {
    try {
      Process process =
          new ProcessBuilder(python, "-c", "import " + String.join(", ", packages))
              .redirectErrorStream(true)
              .start();
      String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() == 0) {
        return null;
      }
      return python + ": " + told.strip().lines().reduce("", (before, line) -> line);
    } catch (IOException e) {
      return e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  /** A round of it; the answer holds {@code seconds} and {@code cpu_seconds}. */
  static Contender.Lap lap(JsonNode answer) {
    return new Contender.Lap(
        answer.get("seconds").asDouble(), answer.get("cpu_seconds").asDouble());
  }

  @Override
  public void close() throws IOException {
    super.close();
    Files.deleteIfExists(script);
    Files.deleteIfExists(script.getParent());
  }
}
