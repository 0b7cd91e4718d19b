package org.clapperboard.media.pixels;

/**
 * Which input pixels make one output pixel, and with which weights, along one axis.
 *
 * <p>Bicubic with a = -0.5, the support widened by the scale when shrinking, weights as fixed-point
 * numbers of 22 bits: the published arithmetic of Pillow's {@code Resample.c} for 8-bit pictures.
 */
final class ResizeKernel {

  static final int PRECISION_BITS = 22;
  static final int HALF = 1 << (PRECISION_BITS - 1);

  private static final double SUPPORT = 2.0;

  /** Length of a row of {@link #weights}. */
  final int taps;

  /** The first input of each output. */
  final int[] first;

  /** How many inputs each output reads. */
  final int[] count;

  /** The weights, one row of {@link #taps} per output. */
  final int[] weights;

  private ResizeKernel(int outSize, int taps) {
    this.taps = taps;
    this.first = new int[outSize];
    this.count = new int[outSize];
    this.weights = new int[outSize * taps];
  }

  static ResizeKernel bicubic(int inSize, int outSize) {
    double scale = (double) inSize / outSize;
    double filterScale = Math.max(scale, 1.0);
    double support = SUPPORT * filterScale;
    int taps = (int) Math.ceil(support) * 2 + 1;
    ResizeKernel kernel = new ResizeKernel(outSize, taps);
    double[] row = new double[taps];
    for (int out = 0; out < outSize; out++) {
      double center = (out + 0.5) * scale;
      int begin = Math.max((int) (center - support + 0.5), 0);
      int end = Math.min((int) (center + support + 0.5), inSize);
      double sum = 0;
      for (int i = 0; i < end - begin; i++) {
        row[i] = cubic((i + begin - center + 0.5) * (1.0 / filterScale));
        sum += row[i];
      }
      for (int i = 0; i < end - begin; i++) {
        double weight = sum == 0 ? row[i] : row[i] / sum;
        kernel.weights[out * taps + i] = fixedPoint(weight);
      }
      kernel.first[out] = begin;
      kernel.count[out] = end - begin;
    }
    return kernel;
  }

  private static double cubic(double distance) {
    double a = -0.5;
    double x = Math.abs(distance);
    if (x < 1.0) {
      return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    }
    return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
  }

  private static int fixedPoint(double weight) {
    return (int) (Math.copySign(0.5, weight) + weight * (1 << PRECISION_BITS));
  }
}
