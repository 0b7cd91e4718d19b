package org.clapperboard.media.pixels;

/**
 * A picture laid on a larger area of one colour. Only rows that hold a part of the picture are ever
 * built, so padding a wide picture to a square costs nothing.
 */
record Canvas(RgbImage image, int width, int height, int left, int top, Colour colour) {

  /** Red, green and blue, 0 to 255. */
  record Colour(int red, int green, int blue) {}

  static Canvas bare(RgbImage image) {
    return new Canvas(image, image.width(), image.height(), 0, 0, new Colour(0, 0, 0));
  }

  /** The smallest square around the picture, which lies in its middle (rounded to the top left). */
  static Canvas square(RgbImage image, Colour colour) {
    int side = Math.max(image.width(), image.height());
    int left = (side - image.width()) / 2;
    int top = (side - image.height()) / 2;
    return new Canvas(image, side, side, left, top, colour);
  }

  boolean rowIsBlank(int y) {
    return y < top || y >= top + image.height();
  }

  void paint(byte[] rgb, int from, int to) {
    RgbImage.fill(rgb, from, to, (byte) colour.red(), (byte) colour.green(), (byte) colour.blue());
  }

  void paint(int[] rgb, int from, int to) {
    for (int i = from; i < to; i += 3) {
      rgb[i] = colour.red();
      rgb[i + 1] = colour.green();
      rgb[i + 2] = colour.blue();
    }
  }

  /** The whole area as a picture. */
  RgbImage flatten() {
    if (width == image.width() && height == image.height()) {
      return image;
    }
    byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    paint(rgb, 0, rgb.length);
    int stride = 3 * image.width();
    for (int y = 0; y < image.height(); y++) {
      System.arraycopy(image.rgb(), y * stride, rgb, 3 * ((top + y) * width + left), stride);
    }
    return new RgbImage(width, height, rgb);
  }
}
