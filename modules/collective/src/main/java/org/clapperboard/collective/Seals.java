package org.clapperboard.collective;

/**
 * Both directions of an encrypted connection.
 *
 * @param out of what this rank sends
 * @param in of what it receives
 */
record Seals(Seal out, Seal in) {

  /** How many bytes a part of a frame takes on the wire; no bytes stay none. */
  static int wireBytes(Seals seals, int bytes) {
    return seals == null || bytes == 0 ? bytes : bytes + Seal.TAG_BYTES;
  }
}
