package org.clapperboard.app;

import java.util.List;
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
    Jobs.Ended ended = Jobs.here(() -> command, List.of(arguments));
    return new Told(ended.exitCode(), ended.err());
  }

  /** The same with a part of the text left out or replaced. */
  Told with(String shown, String replacement) {
    return new Told(exitCode, text.replace(shown, replacement));
  }
}
