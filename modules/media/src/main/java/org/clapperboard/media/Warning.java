package org.clapperboard.media;

import java.util.Locale;

/** What was wrong with a file that could be used nonetheless. */
public enum Warning {
  /** Packets or frames were damaged; the decoder concealed or dropped them. */
  DAMAGED,
  /** The file ends before its declared end. */
  CUT_SHORT,
  /** Chosen frames were not found by their time stamps, so all frames were decoded in order. */
  FELL_BACK,
  /** The sound has no samples. */
  NO_SAMPLES,
  /** Samples that are not finite numbers were set to zero. */
  NOT_FINITE;

  /** Its name in tables, such as {@code cut-short}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The warning of that name. */
  public static Warning of(String code) {
    return valueOf(code.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
