package org.clapperboard.app;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What people see. On a terminal the line of progress is written over; elsewhere it is a plain line
 * now and then.
 */
public final class Console {
  private static final long PLAIN_LINE_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long lastPlainLine = System.nanoTime() - PLAIN_LINE_NANOS;
  private int shown;

  /** Standard output. */
  @SuppressWarnings("SystemConsoleNull") // Right up to JDK 21, which Spark runs on.
  public Console() {
    this(System.out, System.console() != null);
  }

  Console(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Prints a line. */
  public synchronized void line(String format, Object... values) {
    clear();
    out.println(text(format, values));
    out.flush();
  }

  /** Prints text that goes on: what comes next stands behind it. */
  synchronized void part(String text) {
    clear();
    out.print(text);
    out.flush();
  }

  /** Whether a person sees what is printed, as far as is known. */
  boolean isTerminal() {
    return terminal;
  }

  /** Shows how far something is; the next call takes its place. */
  public synchronized void progress(String format, Object... values) {
    String text = text(format, values);
    if (terminal) {
      clear();
      out.print(text);
      shown = text.length();
    } else if (System.nanoTime() - lastPlainLine >= PLAIN_LINE_NANOS) {
      lastPlainLine = System.nanoTime();
      out.println(text);
    }
    out.flush();
  }

  /** A location as people would type it here. */
  public static String shown(String location) {
    String here = Path.of("").toAbsolutePath() + "/";
    return location.startsWith(here) ? location.substring(here.length()) : location;
  }

  private static String text(String format, Object... values) {
    return values.length == 0 ? format : String.format(Locale.ROOT, format, values);
  }

  private void clear() {
    if (shown > 0) {
      out.print("\r" + " ".repeat(shown) + "\r");
      shown = 0;
    }
  }
}
