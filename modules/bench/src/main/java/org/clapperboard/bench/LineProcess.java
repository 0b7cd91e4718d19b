package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.clapperboard.config.BadData;

/**
 * A program that does what it is told: a line in, a line of JSON out. It stays alive between
 * rounds, so that its start is not measured.
 */
class LineProcess implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String name;
  private final Process process;
  private final BufferedReader replies;
  private final OutputStream requests;

  /** Starts a program; what it says on its error stream is seen. */
  LineProcess(String name, List<String> command, Map<String, String> environment)
      throws IOException {
    this.name = name;
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    this.process = builder.start();
    this.replies = process.inputReader(StandardCharsets.UTF_8);
    this.requests = process.getOutputStream();
  }

  /** Sends a line. */
  final void say(String request) throws IOException {
    requests.write((request + "\n").getBytes(StandardCharsets.UTF_8));
    requests.flush();
  }

  /** Waits for the next answer. */
  final JsonNode answer() throws IOException {
    String reply = replies.readLine();
    if (reply == null) {
      throw new BadData(
          "Cannot go on with the peer " + name + ": it ended. See its message above.");
    }
    return JSON.readTree(reply);
  }

  /** Sends a line and waits for the answer. */
  final JsonNode ask(String request) throws IOException {
    say(request);
    return answer();
  }

  /**
   * Asks some the same in turn, round by round.
   *
   * @param warm rounds before, whose answers are not kept
   * @return the answers of each by its name
   */
  static Map<String, List<JsonNode>> askInTurn(
      Map<String, LineProcess> programs, String request, int warm, int rounds) throws IOException {
    Map<String, Contender.Doing<JsonNode>> asking = new LinkedHashMap<>();
    programs.forEach((name, program) -> asking.put(name, () -> program.ask(request)));
    return Contender.inTurn(asking, warm, rounds);
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
  }
}
