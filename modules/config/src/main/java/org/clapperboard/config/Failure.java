package org.clapperboard.config;

/**
 * Why a command ends without its result; the whole family, one class per exit code.
 *
 * <p>Messages are written for the user. Mistakes in our own code are IllegalArgumentException or
 * IllegalStateException and never of this family, apart from {@link InternalFailure}.
 */
public abstract sealed class Failure extends RuntimeException
    permits BadConfig, BadData, BadCheckpoint, WorkerLost, InternalFailure {

  Failure(String message, Throwable cause) {
    super(message, cause);
  }

  /** The exit code of the process that ends with this failure. */
  public abstract int exitCode();
}
