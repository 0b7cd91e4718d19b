package org.clapperboard.media;

import java.io.Serializable;

/**
 * The outcome of reading a file: a value, or the reason why there is none. Nothing about a file's
 * content is ever thrown.
 */
public sealed interface Decoded<T> {

  /** What the call found and did. */
  DecodeStats stats();

  /** The value, with what was noted on the way. */
  record Ok<T>(T value, DecodeStats stats) implements Decoded<T>, Serializable {}

  /**
   * No value.
   *
   * @param reason for counting
   * @param detail for people: one sentence that names the file
   */
  record Rejected<T>(Reason reason, String detail, DecodeStats stats)
      implements Decoded<T>, Serializable {}
}
