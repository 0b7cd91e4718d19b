package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.clapperboard.config.BadData;

/**
 * A Python program that does the same work: a line in, a line of JSON out. It stays alive between
 * rounds, so that neither its start nor its imports are measured.
 */
final class PythonPeer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Libraries of Debian's packages, in one thread each, as everything here. */
  private static final Map<String, String> ONE_THREAD =
      Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1", "MKL_NUM_THREADS", "1");

  private final String name;
  private final Path script;
  private final Process process;
  private final BufferedReader replies;
  private final OutputStream requests;

  /**
   * Starts a program of this module's resources.
   *
   * @param python the interpreter; Debian's packages belong to /usr/bin/python3
   */
  PythonPeer(String python, String name, List<String> arguments) throws IOException {
    this.name = name;
    this.script = Files.createTempFile("clapperboard-" + name + "-", ".py");
    try (InputStream source = PythonPeer.class.getResourceAsStream("/peers/" + name + ".py")) {
      Files.write(script, source.readAllBytes());
    }
    List<String> command = new ArrayList<>(List.of(python, script.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(ONE_THREAD);
    this.process = builder.start();
    this.replies = process.inputReader(StandardCharsets.UTF_8);
    this.requests = process.getOutputStream();
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

  /** Sends a line and waits for the answer. */
  JsonNode ask(String request) throws IOException {
    requests.write((request + "\n").getBytes(StandardCharsets.UTF_8));
    requests.flush();
    String reply = replies.readLine();
    if (reply == null) {
      throw new BadData(
          "Cannot go on with the peer " + name + ": it ended. See its message above.");
    }
    return JSON.readTree(reply);
  }

  /** A round of it; the answer holds {@code seconds} and {@code cpu_seconds}. */
  static Contender.Lap lap(JsonNode answer) {
    return new Contender.Lap(
        answer.get("seconds").asDouble(), answer.get("cpu_seconds").asDouble());
  }

  @Override
  public void close() throws IOException {
    requests.close();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Files.deleteIfExists(script);
  }
}
