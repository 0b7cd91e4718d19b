package org.clapperboard.media.pixels;

/**
 * Some rows of a canvas, turned so that the values of a column stand side by side: what is done to
 * one row is then done to all of them at once.
 */
final class RowBand {
  static final int ROWS = 64;

  private final Canvas canvas;
  private final int[][] columns;

  RowBand(Canvas canvas) {
    this.canvas = canvas;
    this.columns = new int[canvas.width()][3 * ROWS];
    Canvas.Colour colour = canvas.colour();
    for (int[] column : columns) {
      for (int row = 0; row < ROWS; row++) {
        column[row] = colour.red();
        column[ROWS + row] = colour.green();
        column[2 * ROWS + row] = colour.blue();
      }
    }
  }

  /** Takes rows that hold a part of the picture; what is beside it stays as it is. */
  void load(int first, int rows) {
    byte[] rgb = canvas.image().rgb();
    int width = canvas.image().width();
    int from = 3 * width * (first - canvas.top());
    for (int x = 0; x < width; x++) {
      int[] column = columns[canvas.left() + x];
      for (int row = 0; row < rows; row++) {
        int at = from + 3 * (row * width + x);
        column[row] = rgb[at] & 0xff;
        column[ROWS + row] = rgb[at + 1] & 0xff;
        column[2 * ROWS + row] = rgb[at + 2] & 0xff;
      }
    }
  }

  /** The values, [width][3 * ROWS]: all red ones of a column, all green ones, all blue ones. */
  int[][] columns() {
    return columns;
  }
}
