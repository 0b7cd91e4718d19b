package org.clapperboard.media;

import java.util.Locale;

/** Why a file was rejected. The list is closed: quarantine tables and reports count by it. */
public enum Reason {
  /** There is no such file. */
  MISSING,
  /** The storage failed to give the bytes. */
  UNREADABLE,
  /** The file has no bytes, or the folder no pictures. */
  EMPTY,
  /** The file is longer than allowed. */
  TOO_MANY_BYTES,
  /** The bytes are of no known picture, video or sound format. */
  NOT_MEDIA,
  /** A known format or codec that is not decoded here, such as a playlist. */
  UNSUPPORTED,
  /** No video track; a cover picture is none. */
  NO_VIDEO,
  /** No sound track. */
  NO_SOUND,
  /** The end of the file is missing. */
  TRUNCATED,
  /** A known format whose content is damaged beyond use. */
  CORRUPT,
  /** A frame or picture has more pixels than allowed. */
  TOO_MANY_PIXELS,
  /** It lasts longer than allowed. */
  TOO_LONG,
  /** The stream has more packets than allowed. */
  TOO_MANY_FRAMES,
  /** The clip begins behind the end of the file. */
  OUT_OF_RANGE,
  /** The time limit ran out. */
  TIMEOUT,
  /** The process that decoded the file died. */
  CRASHED;

  /** Its name in tables, such as {@code too-many-bytes}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
