package org.clapperboard.media.pixels;

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
    int[][] rows = canvas.width() == width ? rows(canvas.flatten()) : alongRows(canvas, width);
    return new RgbImage(width, height, alongColumns(rows, width, height));
  }

  /** Values 0 to 255, [height][3 * width]. */
  private static int[][] alongRows(Canvas canvas, int width) {
    RowBand band = new RowBand(canvas);
    WeightedSum sum = new WeightedSum(ResizeKernel.bicubic(canvas.width(), width), 3 * band.rows());
    int[][] out = new int[canvas.height()][3 * width];
    int end = canvas.top() + canvas.image().height();
    for (int y = 0; y < out.length; y++) {
      if (canvas.rowIsBlank(y)) {
        // The weights of a pixel add up to one, so one colour stays that colour.
        canvas.paint(out[y], 0, 3 * width);
      }
    }
    for (int y = canvas.top(); y < end; y += band.rows()) {
      int rows = Math.min(band.rows(), end - y);
      band.load(y, rows);
      for (int x = 0; x < width; x++) {
        putColumn(sum.of(band.columns(), x), out, y, rows, 3 * x);
      }
    }
    return out;
  }

  private static void putColumn(int[] column, int[][] out, int top, int rows, int at) {
    int third = column.length / 3;
    for (int row = 0; row < rows; row++) {
      int[] to = out[top + row];
      to[at] = column[row];
      to[at + 1] = column[third + row];
      to[at + 2] = column[2 * third + row];
    }
  }

  private static byte[] alongColumns(int[][] rows, int width, int height) {
    WeightedSum sum = new WeightedSum(ResizeKernel.bicubic(rows.length, height), 3 * width);
    byte[] out = new byte[Math.multiplyExact(3 * width, height)];
    for (int y = 0; y < height; y++) {
      put(sum.of(rows, y), out, 3 * width * y);
    }
    return out;
  }

  private static void put(int[] row, byte[] out, int at) {
    for (int i = 0; i < row.length; i++) {
      out[at + i] = (byte) row[i];
    }
  }

  private static byte[] bytes(int[][] rows) {
    byte[] bytes = new byte[Math.multiplyExact(rows.length, rows[0].length)];
    for (int y = 0; y < rows.length; y++) {
      put(rows[y], bytes, rows[y].length * y);
    }
    return bytes;
  }

  private static int[][] rows(RgbImage image) {
    int[][] rows = new int[image.height()][3 * image.width()];
    for (int y = 0; y < rows.length; y++) {
      for (int i = 0; i < rows[y].length; i++) {
        rows[y][i] = image.rgb()[rows[y].length * y + i] & 0xff;
      }
    }
    return rows;
  }
}
