package org.clapperboard.app;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What people see. On a terminal the line of progress is written over; elsewhere it is a plain line
 * now and then.
 */
public final class Console {
  private static final long PLAIN_LINE_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final PrintStream err;
  private final boolean terminal;
  private final int columns;
  private long lastPlainLine = System.nanoTime() - PLAIN_LINE_NANOS;
  private int shown;

  /** Standard output. */
  @SuppressWarnings("SystemConsoleNull") // Right up to JDK 21, which Spark runs on.
  public Console() {
    this(System.out, System.err, System.console() != null, columns(System.getenv("COLUMNS")));
  }

  /** A stream; what is waited for goes to this process's error stream. */
  Console(PrintStream out, boolean terminal) {
    this(out, System.err, terminal, 80);
  }

  /**
   * Streams.
   *
   * @param columns of the terminal, if it is one: a line of progress must not go on in a second one
   */
  Console(PrintStream out, PrintStream err, boolean terminal, int columns) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
    this.columns = columns;
  }

  /** Prints a line. */
  public synchronized void line(String format, Object... values) {
    clear();
    out.println(text(format, values));
    out.flush();
  }

  /** Prints text that goes on: what comes next stands behind it. */
  public synchronized void part(String text) {
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
      show(text);
    } else if (System.nanoTime() - lastPlainLine >= PLAIN_LINE_NANOS) {
      lastPlainLine = System.nanoTime();
      out.println(text);
    }
    out.flush();
  }

  /**
   * Shows what is waited for, as progress; but elsewhere than on a terminal it goes to the error
   * stream, since what is printed may be a result that somebody keeps.
   */
  synchronized void waiting(String text) {
    if (terminal) {
      show(text);
      out.flush();
    } else if (System.nanoTime() - lastPlainLine >= PLAIN_LINE_NANOS) {
      lastPlainLine = System.nanoTime();
      err.println(text);
      err.flush();
    }
  }

  /** Takes away what was shown last of progress. */
  synchronized void done() {
    clear();
    out.flush();
  }

  private void show(String text) {
    clear();
    String fits = text.length() < columns ? text : text.substring(0, columns - 1);
    out.print(fits);
    shown = fits.length();
  }

  private static int columns(String told) {
    return told != null && told.matches("[1-9]\\d{1,3}") ? Integer.parseInt(told) : 80;
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
