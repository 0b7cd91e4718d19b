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
    if (canvas.height() == height) {
      byte[] rgb =
          canvas.width() == width ? canvas.flatten().rgb() : bytes(alongRows(canvas, width));
      return new RgbImage(width, height, rgb == canvas.image().rgb() ? rgb.clone() : rgb);
    }
    int[] rows =
        canvas.width() == width ? numbers(canvas.flatten().rgb()) : alongRows(canvas, width);
    return new RgbImage(width, height, alongColumns(rows, canvas.height(), width, height));
  }

  /** Values 0 to 255, each in an int: what follows is done to several at once then. */
  private static int[] alongRows(Canvas canvas, int width) {
    ResizeKernel kernel = ResizeKernel.bicubic(canvas.width(), width);
    PairedRows pair = new PairedRows(canvas);
    int[] out = new int[Math.multiplyExact(3 * width, canvas.height())];
    int last = canvas.top() + canvas.image().height() - 1;
    for (int y = 0; y < canvas.height(); y++) {
      if (canvas.rowIsBlank(y)) {
        // The weights of a pixel add up to one, so one colour stays that colour.
        canvas.paint(out, 3 * width * y, 3 * width * (y + 1));
      } else {
        int second = Math.min(y + 1, last);
        pair.load(y, second);
        row(kernel, pair.packed(), out, 3 * width * y, 3 * width * second, width);
        y = second;
      }
    }
    return out;
  }

  private static void row(
      ResizeKernel kernel, long[] in, int[] out, int firstAt, int secondAt, int width) {
    int[] weights = kernel.weights;
    for (int x = 0; x < width; x++) {
      long red = PairedRows.HALF;
      long green = PairedRows.HALF;
      long blue = PairedRows.HALF;
      int at = 3 * kernel.first[x];
      int weightAt = x * kernel.taps;
      for (int end = weightAt + kernel.count[x]; weightAt < end; weightAt++, at += 3) {
        long weight = weights[weightAt];
        red += weight * in[at];
        green += weight * in[at + 1];
        blue += weight * in[at + 2];
      }
      out[firstAt + 3 * x] = clip(PairedRows.first(red));
      out[firstAt + 3 * x + 1] = clip(PairedRows.first(green));
      out[firstAt + 3 * x + 2] = clip(PairedRows.first(blue));
      out[secondAt + 3 * x] = clip(PairedRows.second(red));
      out[secondAt + 3 * x + 1] = clip(PairedRows.second(green));
      out[secondAt + 3 * x + 2] = clip(PairedRows.second(blue));
    }
  }

  private static byte[] alongColumns(int[] in, int inHeight, int width, int height) {
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
        out[y * stride + i] = (byte) clip(sums[i]);
      }
    }
    return out;
  }

  private static void addRow(int[] sums, int[] in, int at, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * in[at + i];
    }
  }

  private static int clip(int fixedPoint) {
    return Math.max(0, Math.min(255, fixedPoint >> ResizeKernel.PRECISION_BITS));
  }

  private static byte[] bytes(int[] values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static int[] numbers(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xff;
    }
    return values;
  }
}
