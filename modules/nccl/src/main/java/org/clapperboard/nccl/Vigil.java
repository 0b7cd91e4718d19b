package org.clapperboard.nccl;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits for a device without ever handing the thread to native code that may not return: it asks,
 * naps, and looks now and then whether there is still something to wait for.
 */
final class Vigil {
  private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Duration deadline;
  private final Runnable look;

  /**
   * A way to wait.
   *
   * @param deadline the longest wait
   * @param look throws if there is nothing to wait for any more
   */
  Vigil(Duration deadline, Runnable look) {
    this.deadline = deadline;
    this.look = look;
  }

  /**
   * Returns as soon as it is done.
   *
   * @param what what is waited for, for the message
   * @throws NativeFailure if it takes longer than the deadline
   */
  void until(BooleanSupplier done, String what) {
    long start = System.nanoTime();
    long looked = start;
    while (!done.getAsBoolean()) {
      long now = System.nanoTime();
      if (now - looked >= LOOK_NANOS) {
        looked = now;
        look.run();
      }
      if (now - start > deadline.toNanos()) {
        throw new NativeFailure(what + " has not ended after " + deadline.toMillis() / 1e3 + " s");
      }
      LockSupport.parkNanos(NAP_NANOS);
    }
  }
}
