package org.clapperboard.media.pixels;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A picture of 8-bit red, green, blue: rows from the top, pixels from the left, three bytes each.
 *
 * <p>The bytes are not copied, neither in nor out: whoever makes one hands them over.
 */
public final class RgbImage implements Serializable {

  private final int width;
  private final int height;
  private final byte[] rgb;

  /** Takes height x width x 3 bytes. */
  public RgbImage(int width, int height, byte[] rgb) {
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          rgb.length + " bytes do not make a picture of " + width + " x " + height + " x 3");
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /** A picture of one colour; each part of it is 0 to 255. */
  public static RgbImage filled(int width, int height, int red, int green, int blue) {
    byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    fill(rgb, 0, rgb.length, (byte) red, (byte) green, (byte) blue);
    return new RgbImage(width, height, rgb);
  }

  /** Pixels in a row. */
  public int width() {
    return width;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** The bytes themselves, [height][width][3]. */
  public byte[] rgb() {
    return rgb;
  }

  /** The part that begins at (left, top). */
  public RgbImage crop(int left, int top, int cropWidth, int cropHeight) {
    if (left < 0 || top < 0 || left + cropWidth > width || top + cropHeight > height) {
      throw new IllegalArgumentException(
          "a crop of %d x %d at (%d, %d) does not lie in a picture of %d x %d"
              .formatted(cropWidth, cropHeight, left, top, width, height));
    }
    if (cropWidth == width && cropHeight == height) {
      return this;
    }
    byte[] part = new byte[3 * cropWidth * cropHeight];
    for (int y = 0; y < cropHeight; y++) {
      System.arraycopy(rgb, 3 * ((top + y) * width + left), part, 3 * y * cropWidth, 3 * cropWidth);
    }
    return new RgbImage(cropWidth, cropHeight, part);
  }

  /** The bytes as planes, [3][height][width]. */
  public byte[] planes() {
    int pixels = width * height;
    byte[] planes = new byte[3 * pixels];
    for (int i = 0; i < pixels; i++) {
      planes[i] = rgb[3 * i];
      planes[pixels + i] = rgb[3 * i + 1];
      planes[2 * pixels + i] = rgb[3 * i + 2];
    }
    return planes;
  }

  static void fill(byte[] rgb, int from, int to, byte red, byte green, byte blue) {
    for (int i = from; i < to; i += 3) {
      rgb[i] = red;
      rgb[i + 1] = green;
      rgb[i + 2] = blue;
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RgbImage that
        && width == that.width
        && height == that.height
        && Arrays.equals(rgb, that.rgb);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * width + height) + Arrays.hashCode(rgb);
  }

  @Override
  public String toString() {
    return "RgbImage[" + width + " x " + height + "]";
  }
}
