package org.clapperboard.config;

import com.typesafe.config.ConfigOrigin;
import java.util.List;

/**
 * Bounds what aliases and references may expand to, so that a small file cannot fill the memory.
 */
final class Budget {
  private static final int UNITS_PER_VALUE = 64;

  private long left = 16L << 20;

  /** Throws BadConfig when the values and characters taken so far are too many. */
  void take(int characters, ConfigOrigin origin) {
    left -= UNITS_PER_VALUE + characters;
    if (left < 0) {
      String text = "expands to too many values; look at the aliases (*name) and references.";
      throw new BadConfig(List.of(Problem.at(origin, "", text)));
    }
  }
}
