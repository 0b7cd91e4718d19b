package org.clapperboard.media.pixels;

/**
 * Two rows of a canvas with each value of one above that of the other in the halves of a long, so
 * that a multiplication by a weight serves both. A sum of products in the lower half that is
 * negative takes one from the upper half; it is given back when the halves are taken apart.
 */
final class PairedRows {
  /** Half of the last place in both halves: what sums begin with so that they round. */
  static final long HALF = ((long) ResizeKernel.HALF << Integer.SIZE) + ResizeKernel.HALF;

  private final Canvas canvas;
  private final long[] packed;

  PairedRows(Canvas canvas) {
    this.canvas = canvas;
    this.packed = new long[3 * canvas.width()];
    Canvas.Colour colour = canvas.colour();
    for (int at = 0; at < packed.length; at += 3) {
      packed[at] = both(colour.red(), colour.red());
      packed[at + 1] = both(colour.green(), colour.green());
      packed[at + 2] = both(colour.blue(), colour.blue());
    }
  }

  private static long both(long first, long second) {
    return first + (second << Integer.SIZE);
  }

  /** Takes two rows that hold a part of the picture; what is beside it stays as it is. */
  void load(int first, int second) {
    byte[] rgb = canvas.image().rgb();
    int length = 3 * canvas.image().width();
    int one = (first - canvas.top()) * length;
    int other = (second - canvas.top()) * length;
    int to = 3 * canvas.left();
    for (int i = 0; i < length; i++) {
      packed[to + i] = both(rgb[one + i] & 0xff, rgb[other + i] & 0xff);
    }
  }

  /** The values, [width][3]. */
  long[] packed() {
    return packed;
  }

  static int first(long sums) {
    return (int) sums;
  }

  static int second(long sums) {
    return (int) ((sums - (int) sums) >> Integer.SIZE);
  }
}
