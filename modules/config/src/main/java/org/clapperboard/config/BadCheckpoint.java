package org.clapperboard.config;

/** A checkpoint or a weights file is missing, damaged or does not fit what was asked for. */
public sealed class BadCheckpoint extends Failure permits DamagedCheckpoint {

  /** A failure that nothing else caused; the message reads "Cannot verb object: why". */
  public BadCheckpoint(String message) {
    this(message, null);
  }

  /** A failure with the exception behind it. */
  public BadCheckpoint(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public int exitCode() {
    return 4;
  }
}
