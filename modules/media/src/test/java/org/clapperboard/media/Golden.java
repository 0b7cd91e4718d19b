package org.clapperboard.media;

import org.clapperboard.testing.Comparison;
import org.clapperboard.testing.GoldenRun;

/** How bfloat16 numbers of the reference are compared with ours, which have more digits. */
public final class Golden {

  private Golden() {}

  /** Rounds to bfloat16, halves to even, as the reference's cast does. */
  public static float bfloat16(float value) {
    int bits = Float.floatToIntBits(value);
    int rounded = bits + 0x7fff + ((bits >>> 16) & 1);
    return Float.intBitsToFloat(rounded & 0xffff0000);
  }

  /**
   * Compares numbers with stored ones that were rounded to bfloat16: a share of them has to be the
   * same, and the rest may be off by one step, or by what is allowed before the cast.
   *
   * @param checkedFrom numbers below it may be off by any number of steps
   */
  public static void compare(
      GoldenRun run, String name, float[] values, double share, float checkedFrom, double noise) {
    float[] expected = run.file().floats(name);
    int equal = 0;
    double steps = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double off = Math.abs((double) bfloat16(values[i]) - expected[i]);
      equal += off == 0 ? 1 : 0;
      worst = Math.max(worst, off);
      if (expected[i] >= checkedFrom) {
        // Close to zero a step is smaller than the noise allowed before the cast.
        steps = Math.max(steps, off / Math.max(bfloat16Step(expected[i]), noise));
      }
    }
    double unequal = 1 - (double) equal / expected.length;
    run.add(
        new Comparison(
            name,
            Comparison.Kind.OUTPUTS,
            expected.length,
            worst,
            Double.NaN,
            "one bfloat16 step, " + share + " equal",
            Math.max(steps, unequal / (1 - share))));
  }

  /** The distance between a bfloat16 number and its neighbour. */
  private static float bfloat16Step(float value) {
    return Math.ulp(value) * (1 << 16);
  }
}
