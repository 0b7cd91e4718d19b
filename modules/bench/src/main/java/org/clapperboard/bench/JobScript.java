package org.clapperboard.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.config.WorkerLost;

/** A script of {@code jobs} that runs as people run it, in processes of its own. */
final class JobScript implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 120;

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private JobScript(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a script.
   *
   * @param jobs the folder of scripts
   * @param logs where what it prints goes
   */
  static JobScript start(
      Path jobs, Path logs, String name, List<String> arguments, Map<String, String> environment)
      throws IOException {
    Files.createDirectories(logs);
    Path out = Files.createTempFile(logs, name + "-", ".out");
    Path err = Path.of(out.toString().replaceFirst("out$", "err"));
    List<String> command = new ArrayList<>(List.of("bash", jobs.resolve(name).toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    // The cluster is one of the embedded Spark.
    builder.environment().remove("SPARK_HOME");
    builder.environment().putAll(environment);
    return new JobScript(name, builder.start(), out, err);
  }

  /** Runs a script to its end and returns what it printed. */
  static String run(
      Path jobs, Path logs, String name, List<String> arguments, Map<String, String> environment)
      throws IOException {
    try (JobScript script = start(jobs, logs, name, arguments, environment)) {
      int code = script.await();
      if (code != 0) {
        throw script.failed(code);
      }
      return Files.readString(script.out);
    }
  }

  private int await() {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot run jobs/" + name + ": interrupted", e);
    }
  }

  boolean runs() {
    return process.isAlive();
  }

  /** What it ended with. */
  int code() {
    return process.exitValue();
  }

  /** The process of its Spark driver, while there is one. */
  Optional<ProcessHandle> driver() {
    return Jvms.below(process).entrySet().stream()
        .filter(jvm -> jvm.getValue().startsWith("org.apache.spark.deploy.SparkSubmit "))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Why it cannot be gone on with, with the end of what it said. */
  WorkerLost failed(int code) throws IOException {
    List<String> lines = new ArrayList<>(Files.readString(out).lines().toList());
    lines.addAll(Files.readString(err).lines().toList());
    List<String> last = lines.subList(Math.max(0, lines.size() - 20), lines.size());
    return new WorkerLost(
        "Cannot go on: jobs/"
            + name
            + " ended with "
            + code
            + ". It said:\n  "
            + String.join("\n  ", last));
  }

  /** Tells it to end, and waits. */
  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroy();
      try {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroyForcibly();
      }
    }
  }
}
