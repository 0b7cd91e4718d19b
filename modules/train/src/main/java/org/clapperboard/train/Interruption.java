package org.clapperboard.train;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Hears that the driver is told to end, before Spark does, and gives its ranks the time to save
 * their state. Runs on the driver.
 */
final class Interruption implements AutoCloseable {
  /** Spark ends its contexts, and Hadoop its file systems, at lower ones. */
  private static final int PRIORITY = FileSystem.SHUTDOWN_HOOK_PRIORITY + 100;

  private final Duration grace;
  private final Runnable hook = this::interrupt;
  private final Thread trainer = Thread.currentThread();
  private volatile boolean told;
  private volatile BarrierRun running;

  /**
   * Listens until it is closed, for the thread that makes it.
   *
   * @param grace how long the end of the process is held up at most
   */
  Interruption(Duration grace) {
    this.grace = grace;
    if (!grace.isZero()) {
      ShutdownHookManager.get()
          .addShutdownHook(hook, PRIORITY, 2 * grace.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** From now on it is this attempt that would be stopped. */
  void follow(BarrierRun run) {
    running = run;
  }

  /** Whether the driver is told to end. */
  boolean told() {
    return told;
  }

  private void interrupt() {
    told = true;
    BarrierRun run = running;
    if (run == null || !run.stop()) {
      return;
    }
    try {
      // Until it has saved and told what there is, and leaves main.
      trainer.join(grace.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ShutdownHookManager hooks = ShutdownHookManager.get();
    if (!hooks.isShutdownInProgress()) {
      hooks.removeShutdownHook(hook);
    }
  }
}
