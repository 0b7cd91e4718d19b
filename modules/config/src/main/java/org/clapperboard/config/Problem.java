package org.clapperboard.config;

import com.typesafe.config.ConfigOrigin;
import java.io.Serializable;

/**
 * One thing that is wrong in what the user asked for, and where it stands.
 *
 * @param file the file as the user named it, or an option such as {@code --set optimizer.lr}
 * @param line the line in the file from 1, or 0 where lines mean nothing
 * @param key the full name of the key at fault, or "" where the file as a whole is
 * @param text what is wrong, what was expected, what to do
 */
public record Problem(String file, int line, String key, String text) implements Serializable {

  /** A problem of something that has no line, such as a command line option or a whole file. */
  public static Problem of(String subject, String text) {
    return new Problem(subject, 0, "", text);
  }

  static Problem at(ConfigOrigin origin, String key, String text) {
    String file = origin.filename() == null ? origin.description() : origin.filename();
    return new Problem(file, Math.max(0, origin.lineNumber()), key, text);
  }

  /** Where it stands: {@code conf/stage.yaml:7}, or the file alone. */
  public String place() {
    return line == 0 ? file : file + ":" + line;
  }

  /** The line that the user sees. */
  @Override
  public String toString() {
    return place() + "  " + text;
  }
}
