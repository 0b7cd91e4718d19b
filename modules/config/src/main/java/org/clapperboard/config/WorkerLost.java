package org.clapperboard.config;

/** A rank or an executor died or stayed silent past its deadline. */
public final class WorkerLost extends Failure {

  /** A failure that nothing else caused; the message reads "Cannot verb object: why". */
  public WorkerLost(String message) {
    this(message, null);
  }

  /** A failure with the exception behind it. */
  public WorkerLost(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 5;
  }
}
