package org.clapperboard.media;

import java.util.List;
import org.clapperboard.testing.GoldenFixtures;

/** The fixtures that concern this module: those of {@code -Dgolden=DIR}, or the few kept. */
public final class Golden {

  private Golden() {}

  /** All fixtures whose name begins so. */
  public static List<GoldenFixtures.Fixture> fixtures(String prefix) {
    return GoldenFixtures.chosen().startingWith(prefix);
  }

  /** Rounds to bfloat16, halves to even, as the reference's cast does. */
  public static float bfloat16(float value) {
    int bits = Float.floatToIntBits(value);
    int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }

  /** The distance between a bfloat16 number and its neighbour. */
  public static float bfloat16Step(float value) {
    return Math.ulp(value) * (1 << 16);
  }
}
