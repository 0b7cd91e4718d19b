package org.clapperboard.app;

import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.util.ShutdownHookManager;
import org.clapperboard.config.Failure;
import org.clapperboard.config.InternalFailure;
import picocli.CommandLine;

/**
 * Runs a command: what it prints, how its failures read, with which code the process ends.
 *
 * <p>A mistake of the user's is one message without a stack trace. Exit codes: 0 done, 1 a bug, 2
 * bad configuration or arguments, 3 bad data, 4 bad checkpoint, 5 worker lost.
 */
public final class App {
  private static final Pattern SPARK_STOPPED =
      Pattern.compile("SparkContext (was|has been) shut ?down|stopped SparkContext");

  private App() {}

  /** Runs the command and ends the process. */
  public static void run(Callable<Integer> command, String... arguments) {
    int code = execute(command, arguments);
    if (ShutdownHookManager.get().isShutdownInProgress()) {
      // It was told to end, and what ends it may be waiting for this thread.
      return;
    }
    // Spark and the tensor engine leave threads behind that would keep the process.
    System.exit(code);
  }

  /** A command as {@link #run} runs it, with its help. */
  public static CommandLine line(Callable<Integer> command) {
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    HelpPage.of(line);
    Mistakes.collectedBy(line);
    line.setExecutionStrategy(Mistakes::runUnlessAny);
    line.setParameterExceptionHandler(Mistakes::tell);
    line.setExecutionExceptionHandler(App::report);
    return line;
  }

  static int execute(Callable<Integer> command, String... arguments) {
    return line(command).execute(arguments);
  }

  private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    if (e instanceof Failure failure && !(e instanceof InternalFailure)) {
      err.println(failure.getMessage());
      err.flush();
      return failure.exitCode();
    }
    String place = Places.refusal(e);
    if (!place.isEmpty()) {
      err.println(place);
      err.flush();
      return 2;
    }
    if (Stream.<Throwable>iterate(e, Objects::nonNull, Throwable::getCause)
        .anyMatch(App::sparkWasStopped)) {
      err.println("Cannot finish: it was interrupted. Started again, it keeps what is done.");
      err.flush();
      return 5;
    }
    err.println("This is a bug in Clapperboard, or in what it stands on:");
    e.printStackTrace(err);
    err.flush();
    return 1;
  }

  /** Spark ends the jobs of a driver that is told to end, and tells so in words alone. */
  private static boolean sparkWasStopped(Throwable cause) {
    return SPARK_STOPPED.matcher(String.valueOf(cause.getMessage())).find();
  }
}
