package org.clapperboard.data.lookalike;

import java.util.Locale;

/** Why it matters that a sample is like another one. */
public enum Likeness {
  /** The other one belongs to an evaluation. */
  CONTAMINATED,
  /** The other one is of the same dataset, and stays: its name comes first. */
  DUPLICATE;

  /** As tables call it. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
