package org.clapperboard.config;

/** A file of a saved state is not what was written. An older state may still do. */
public final class DamagedCheckpoint extends BadCheckpoint {

  /** The message reads "Cannot verb object: why". */
  public DamagedCheckpoint(String message) {
    super(message);
  }
}
