package org.clapperboard.app;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;

/**
 * What a command said when it failed.
 *
 * @param exitCode with which its process would have ended
 * @param text what it wrote to the error stream
 */
record Told(int exitCode, String text) {

  /** Runs a command in this process. */
  static Told by(Callable<Integer> command, String... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      int code = App.execute(command, arguments);
      return new Told(code, err.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(before);
    }
  }

  /** The same with a part of the text left out or replaced. */
  Told with(String shown, String replacement) {
    return new Told(exitCode, text.replace(shown, replacement));
  }
}
