package org.clapperboard.config;

import java.util.Optional;

/** A rank or an executor died or stayed silent past its deadline. */
public final class WorkerLost extends Failure {

  private final String host;

  /** A failure that nothing else caused; the message reads "Cannot verb object: why". */
  public WorkerLost(String message) {
    this(message, null);
  }

  /** A failure with the exception behind it. */
  public WorkerLost(String message, Throwable cause) {
    this(message, null, cause);
  }

  /**
   * A failure of which is known where it happened.
   *
   * @param host where the one that was lost ran, or null
   */
  public WorkerLost(String message, String host, Throwable cause) {
    super(message, cause);
    this.host = host;
  }

  /** Where the one that was lost ran, if that is known. */
  public Optional<String> host() {
    return Optional.ofNullable(host);
  }

  @Override
  public int exitCode() {
    return 5;
  }
}
