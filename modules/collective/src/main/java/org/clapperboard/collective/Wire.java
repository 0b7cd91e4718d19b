package org.clapperboard.collective;

import java.util.Locale;

/**
 * How numbers that are to be added travel between ranks. Sums are float32 and taken in rank order
 * either way. Numbers that are only passed on, weights for instance, always travel as they are.
 */
public enum Wire {
  /** As they are. */
  FP32(1),

  /**
   * In half the bytes: rounded to bfloat16, to the nearest and of two equally near to the even one.
   * What a rank adds of its own is rounded as well, and so is the result where others get it too.
   * Hence all ranks have the same bits, whoever owns which slice.
   */
  BF16(2);

  private final int divisor;

  Wire(int divisor) {
    this.divisor = divisor;
  }

  /** What float32 of so many bytes take on the wire. */
  long bytes(long floatBytes) {
    return floatBytes / divisor;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
