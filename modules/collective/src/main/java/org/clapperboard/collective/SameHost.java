package org.clapperboard.collective;

import java.util.Locale;

/** How data go between ranks of one host. */
public enum SameHost {
  /** Through memory that both have mapped, where the host lets them; otherwise as over TCP. */
  SHARED_MEMORY,
  /** As between hosts. */
  TCP;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
