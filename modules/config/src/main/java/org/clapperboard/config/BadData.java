package org.clapperboard.config;

/** The samples, shards or media cannot be used as they are. */
public final class BadData extends Failure {

  /** A failure that nothing else caused; the message reads "Cannot verb object: why". */
  public BadData(String message) {
    this(message, null);
  }

  /** A failure with the exception behind it. */
  public BadData(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 3;
  }
}
