package org.clapperboard.app;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Says what is waited for, for how long already and how far it is, until it is closed: on a
 * terminal every second, elsewhere now and then, after a while.
 */
public final class Waiting implements AutoCloseable {
  private static final long TERMINAL_SECONDS = 1;
  private static final long PLAIN_SECONDS = 5;

  private final Console console;
  private final Thread clock;
  private boolean over;

  private Waiting(Console console, String what, Supplier<String> howFar) {
    this.console = console;
    this.clock = new Thread(() -> tick(what, howFar), "waiting");
    clock.setDaemon(true);
    clock.start();
  }

  private void tick(String what, Supplier<String> howFar) {
    long start = System.nanoTime();
    try {
      while (true) {
        TimeUnit.SECONDS.sleep(console.isTerminal() ? TERMINAL_SECONDS : PLAIN_SECONDS);
        long waited = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        String told = told(what, waited, howFar.get());
        synchronized (this) {
          if (over) {
            return;
          }
          console.waiting(told);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // It is over.
    }
  }

  /** Waits for something of which no more is known. */
  public static Waiting on(Console console, String what) {
    return new Waiting(console, what, () -> "");
  }

  /**
   * Waits for something.
   *
   * @param howFar says how far it is, or nothing; asked by another thread
   */
  public static Waiting on(Console console, String what, Supplier<String> howFar) {
    return new Waiting(console, what, howFar);
  }

  /** Some work that is waited for. */
  @FunctionalInterface
  public interface Work<T, E extends Exception> {
    /** Does it. */
    T done() throws E;
  }

  /**
   * Does some work, and waits for it.
   *
   * @param howFar says how far it is, or nothing; asked by another thread
   */
  public static <T, E extends Exception> T during(
      Console console, String what, Supplier<String> howFar, Work<T, E> work) throws E {
    Waiting waiting = new Waiting(console, what, howFar);
    try {
      return work.done();
    } finally {
      waiting.close();
    }
  }

  /** Does some work of which nothing is known before it is done. */
  public static <T, E extends Exception> T during(Console console, String what, Work<T, E> work)
      throws E {
    return during(console, what, () -> "", work);
  }

  static String told(String what, long seconds, String howFar) {
    return what + " ... " + seconds + " s" + (howFar.isEmpty() ? "" : ", " + howFar);
  }

  @Override
  public synchronized void close() {
    over = true;
    clock.interrupt();
    console.done();
  }
}
