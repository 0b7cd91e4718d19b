package org.clapperboard.app;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.clapperboard.config.Failure;
import org.clapperboard.config.InternalFailure;
import picocli.CommandLine;

/**
 * Runs a command: what it prints, how its failures read, with which code the process ends.
 *
 * <p>A mistake of the user's is one message without a stack trace. Exit codes: 0 done, 1 a bug, 2
 * bad configuration or arguments, 3 bad data, 4 bad checkpoint, 5 worker lost.
 */
final class App {
  private App() {}

  /** Runs the command and ends the process. */
  static void run(Callable<Integer> command, String... arguments) {
    int code = execute(command, arguments);
    // Spark and the tensor engine leave threads behind that would keep the process.
    System.exit(code);
  }

  static int execute(Callable<Integer> command, String... arguments) {
    CommandLine line = new CommandLine(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setExecutionExceptionHandler(App::report);
    return line.execute(arguments);
  }

  private static int report(Exception e, CommandLine line, CommandLine.ParseResult parsed) {
    PrintWriter err = line.getErr();
    if (e instanceof Failure failure && !(e instanceof InternalFailure)) {
      err.println(failure.getMessage());
      err.flush();
      return failure.exitCode();
    }
    err.println("This is a bug in Clapperboard, or in what it stands on:");
    e.printStackTrace(err);
    err.flush();
    return 1;
  }
}
