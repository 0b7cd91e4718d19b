package org.clapperboard.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Runs the scripts in {@code jobs} as people do, as processes on the packaged application; or their
 * commands in this process, where the script is not what is tested.
 */
final class Jobs {
  static final Path REPOSITORY =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("../..").normalize();

  /** For Spark's JVMs, which live for seconds: C2 would cost more than its code gives back. */
  static final String COMPILER = "-XX:TieredStopAtLevel=1";

  private static final String SPARK_ARGS =
      "--conf spark.driver.extraJavaOptions="
          + COMPILER
          + " --conf spark.executor.extraJavaOptions="
          + COMPILER
          + " ";
  private static final int MOST_MINUTES = 5;

  private final Path logs;
  private int started;

  /** Scripts whose output is kept in a folder. */
  Jobs(Path logs) {
    this.logs = logs;
  }

  /** A script, or a command, that ended. */
  record Ended(int exitCode, String out, String err) {

    /** Its output, when it ended well; fails the test when it did not. */
    String requireOut() {
      if (exitCode != 0) {
        throw new AssertionError("The script ended with " + exitCode + ":\n" + out + err);
      }
      return out;
    }
  }

  /** Runs a command in this process; it is made when what it prints is listened to. */
  static Ended here(Supplier<Callable<Integer>> command, List<String> arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, UTF_8));
    System.setErr(new PrintStream(told, true, UTF_8));
    try {
      int code = App.execute(command.get(), arguments.toArray(String[]::new));
      return new Ended(code, printed.toString(UTF_8), plain(told.toString(UTF_8)));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** Without what was waited for: whether that is told depends on how busy the machine is. */
  private static String plain(String told) {
    return told.replaceAll("(?m)^.* \\.\\.\\. \\d+ s(, .*)?\\R", "");
  }

  /** A script that runs. */
  record Running(Process process, Path out, Path err) {

    Ended await() {
      try {
        if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
          process.destroy();
          throw new AssertionError("The script did not end: " + Files.readString(err));
        }
        return new Ended(process.exitValue(), Files.readString(out), plain(Files.readString(err)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }

  /** Runs a script to its end on a master. */
  Ended run(String master, String script, List<String> arguments) {
    return start(Map.of("SPARK_MASTER", master), script, arguments).await();
  }

  /** Starts a script with additional environment variables. */
  Running start(Map<String, String> environment, String script, List<String> arguments) {
    return startProgram(environment, List.of("bash", "jobs/" + script), arguments);
  }

  /** Starts any program in the repository with additional environment variables. */
  Running startProgram(
      Map<String, String> environment, List<String> program, List<String> arguments) {
    List<String> command = new ArrayList<>(program);
    command.addAll(arguments);
    String script = program.get(program.size() - 1).replaceFirst(".*/", "");
    int number = started++;
    Path out = logs.resolve(number + "-" + script + ".out");
    Path err = logs.resolve(number + "-" + script + ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(REPOSITORY.toFile())
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().remove("SPARK_HOME");
    builder.environment().putAll(environment);
    builder.environment().merge("SPARK_ARGS", SPARK_ARGS, (more, usual) -> usual + more);
    try {
      Files.createDirectories(logs);
      return new Running(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
