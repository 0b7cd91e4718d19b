package org.clapperboard.media.pixels;

/**
 * Some rows of a canvas, turned so that the values of a column stand side by side: what is done to
 * one row is then done to all of them at once.
 */
final class RowBand {
  private static final int MOST_ROWS = 64;

  private final Canvas canvas;
  private final int rows;
  private final int[][] columns;

  RowBand(Canvas canvas) {
    int height = canvas.image().height();
    int bands = (height + MOST_ROWS - 1) / MOST_ROWS;
    this.canvas = canvas;
    // Alike, since a band is worked on as a whole, however few of its rows are there.
    this.rows = (height + bands - 1) / bands;
    this.columns = new int[canvas.width()][3 * rows];
    Canvas.Colour colour = canvas.colour();
    for (int[] column : columns) {
      for (int row = 0; row < rows; row++) {
        column[row] = colour.red();
        column[rows + row] = colour.green();
        column[2 * rows + row] = colour.blue();
      }
    }
  }

  /** How many rows it takes at once. */
  int rows() {
    return rows;
  }

  /** Takes rows that hold a part of the picture; what is beside it stays as it is. */
  void load(int first, int count) {
    byte[] rgb = canvas.image().rgb();
    int width = canvas.image().width();
    int from = 3 * width * (first - canvas.top());
    for (int x = 0; x < width; x++) {
      int[] column = columns[canvas.left() + x];
      for (int row = 0; row < count; row++) {
        int at = from + 3 * (row * width + x);
        column[row] = rgb[at] & 0xff;
        column[rows + row] = rgb[at + 1] & 0xff;
        column[2 * rows + row] = rgb[at + 2] & 0xff;
      }
    }
  }

  /** The values, [width][3 * rows]: all red ones of a column, all green ones, all blue ones. */
  int[][] columns() {
    return columns;
  }
}
