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
  /** Libraries of Debian's packages, in one thread each, as everything here. */
  private static final Map<String, String> ONE_THREAD =
      Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1", "MKL_NUM_THREADS", "1");

  private final Path script;

  /**
   * Starts a program of this module's resources.
   *
   * @param python the interpreter; Debian's packages belong to /usr/bin/python3
   */
  PythonPeer(String python, String name, List<String> arguments) throws IOException {
    this(python, name, unpacked(name), arguments);
  }

  private PythonPeer(String python, String name, Path script, List<String> arguments)
      throws IOException {
    super(
        name,
        Stream.concat(Stream.of(python, script.toString()), arguments.stream()).toList(),
        ONE_THREAD);
    this.script = script;
  }

  private static Path unpacked(String name) throws IOException {
    Path script = Files.createTempFile("clapperboard-" + name + "-", ".py");
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
  }
}
