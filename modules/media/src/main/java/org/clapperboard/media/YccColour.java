package org.clapperboard.media;

/**
 * Luma and chroma of JPEG (JFIF, full range) to RGB and back, with the fixed-point arithmetic that
 * libjpeg publishes. The same bytes on every processor.
 */
final class YccColour {

  private static final int BITS = 16;
  private static final int HALF = 1 << (BITS - 1);

  private static final int RED_OF_CR = fixed(1.402);
  private static final int GREEN_OF_CB = fixed(0.34414);
  private static final int GREEN_OF_CR = fixed(0.71414);
  private static final int BLUE_OF_CB = fixed(1.772);
  private static final int Y_OF_RED = fixed(0.299);
  private static final int Y_OF_GREEN = fixed(0.587);
  private static final int Y_OF_BLUE = fixed(0.114);
  private static final int CB_OF_RED = fixed(0.16874);
  private static final int CB_OF_GREEN = fixed(0.33126);
  private static final int CR_OF_GREEN = fixed(0.41869);
  private static final int CR_OF_BLUE = fixed(0.08131);

  private YccColour() {}

  /** Samples in turn, step to a pixel of which the first three count; rgb gets three a pixel. */
  static void toRgb(byte[] samples, int step, byte[] rgb) {
    for (int in = 0, out = 0; out < rgb.length; in += step, out += 3) {
      toRgb(samples[in], samples[in + 1], samples[in + 2], rgb, out);
    }
  }

  /** A row of each plane to a row of pixels that begins at a place of the array. */
  static void toRgb(byte[] y, byte[] cb, byte[] cr, byte[] rgb, int at) {
    for (int x = 0; x < y.length; x++) {
      toRgb(y[x], cb[x], cr[x], rgb, at + 3 * x);
    }
  }

  private static void toRgb(byte luma, byte blueChroma, byte redChroma, byte[] rgb, int at) {
    int y = luma & 0xff;
    int cb = (blueChroma & 0xff) - 128;
    int cr = (redChroma & 0xff) - 128;
    rgb[at] = clip(y + ((RED_OF_CR * cr + HALF) >> BITS));
    rgb[at + 1] = clip(y + ((-GREEN_OF_CB * cb - GREEN_OF_CR * cr + HALF) >> BITS));
    rgb[at + 2] = clip(y + ((BLUE_OF_CB * cb + HALF) >> BITS));
  }

  /** Pixels to three planes. */
  static void fromRgb(byte[] rgb, byte[] y, byte[] cb, byte[] cr) {
    int centre = (128 << BITS) + HALF - 1;
    for (int i = 0, in = 0; i < y.length; i++, in += 3) {
      int r = rgb[in] & 0xff;
      int g = rgb[in + 1] & 0xff;
      int b = rgb[in + 2] & 0xff;
      y[i] = (byte) ((Y_OF_RED * r + Y_OF_GREEN * g + Y_OF_BLUE * b + HALF) >> BITS);
      cb[i] = (byte) ((HALF * b - CB_OF_RED * r - CB_OF_GREEN * g + centre) >> BITS);
      cr[i] = (byte) ((HALF * r - CR_OF_GREEN * g - CR_OF_BLUE * b + centre) >> BITS);
    }
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << BITS) + 0.5);
  }

  private static byte clip(int value) {
    return (byte) Math.max(0, Math.min(255, value));
  }
}
