package org.clapperboard.media.pixels;

import java.util.Arrays;

/**
 * Bicubic resize with the very bytes of Pillow ({@code Image.resize(size, BICUBIC)}).
 *
 * <p>Two passes, first along rows, then along columns, rounded to bytes between them, as Pillow's
 * {@code Resample.c} does it. Any size to any size.
 */
public final class PillowResize {

  private PillowResize() {}

  /** The picture at a new size. */
  public static RgbImage resize(RgbImage image, int width, int height) {
    return resize(Canvas.bare(image), width, height);
  }

  static RgbImage resize(Canvas canvas, int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("cannot resize to " + width + " x " + height);
    }
    byte[] rows = canvas.width() == width ? canvas.flatten().rgb() : alongRows(canvas, width);
    byte[] result =
        canvas.height() == height ? rows : alongColumns(rows, canvas.height(), width, height);
    return new RgbImage(width, height, result == canvas.image().rgb() ? result.clone() : result);
  }

  private static byte[] alongRows(Canvas canvas, int width) {
    ResizeKernel kernel = ResizeKernel.bicubic(canvas.width(), width);
    byte[] source = canvas.image().rgb();
    int sourceStride = 3 * canvas.image().width();
    boolean padded = canvas.width() != canvas.image().width();
    byte[] padding = padded ? new byte[3 * canvas.width()] : null;
    if (padded) {
      canvas.paint(padding, 0, padding.length);
    }
    byte[] out = new byte[Math.multiplyExact(3 * width, canvas.height())];
    for (int y = 0; y < canvas.height(); y++) {
      int outAt = 3 * width * y;
      if (canvas.rowIsBlank(y)) {
        // The weights of a pixel add up to one, so one colour stays that colour.
        canvas.paint(out, outAt, outAt + 3 * width);
      } else if (padded) {
        int from = (y - canvas.top()) * sourceStride;
        System.arraycopy(source, from, padding, 3 * canvas.left(), sourceStride);
        row(kernel, padding, 0, out, outAt, width);
      } else {
        row(kernel, source, (y - canvas.top()) * sourceStride, out, outAt, width);
      }
    }
    return out;
  }

  private static void row(
      ResizeKernel kernel, byte[] in, int inAt, byte[] out, int outAt, int width) {
    int[] weights = kernel.weights;
    for (int x = 0; x < width; x++) {
      int red = ResizeKernel.HALF;
      int green = ResizeKernel.HALF;
      int blue = ResizeKernel.HALF;
      int at = inAt + 3 * kernel.first[x];
      int weightAt = x * kernel.taps;
      for (int end = weightAt + kernel.count[x]; weightAt < end; weightAt++, at += 3) {
        int weight = weights[weightAt];
        red += weight * (in[at] & 0xff);
        green += weight * (in[at + 1] & 0xff);
        blue += weight * (in[at + 2] & 0xff);
      }
      out[outAt + 3 * x] = toByte(red);
      out[outAt + 3 * x + 1] = toByte(green);
      out[outAt + 3 * x + 2] = toByte(blue);
    }
  }

  private static byte[] alongColumns(byte[] in, int inHeight, int width, int height) {
    ResizeKernel kernel = ResizeKernel.bicubic(inHeight, height);
    int stride = 3 * width;
    byte[] out = new byte[Math.multiplyExact(stride, height)];
    int[] sums = new int[stride];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, ResizeKernel.HALF);
      for (int tap = 0; tap < kernel.count[y]; tap++) {
        int at = (kernel.first[y] + tap) * stride;
        addRow(sums, in, at, kernel.weights[y * kernel.taps + tap]);
      }
      for (int i = 0; i < stride; i++) {
        out[y * stride + i] = toByte(sums[i]);
      }
    }
    return out;
  }

  private static void addRow(int[] sums, byte[] in, int at, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * (in[at + i] & 0xff);
    }
  }

  private static byte toByte(int fixedPoint) {
    int value = fixedPoint >> ResizeKernel.PRECISION_BITS;
    return (byte) Math.max(0, Math.min(255, value));
  }
}
