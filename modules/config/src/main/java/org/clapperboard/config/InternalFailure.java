package org.clapperboard.config;

/**
 * Something happened that the code holds impossible: a bug to report, not a mistake of the user.
 */
public final class InternalFailure extends Failure {

  /** A failure that nothing else caused; the message reads "Cannot verb object: why". */
  public InternalFailure(String message) {
    this(message, null);
  }

  /** A failure with the exception behind it. */
  public InternalFailure(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 1;
  }
}
