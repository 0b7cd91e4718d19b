package org.clapperboard.media.pixels;

/** The textbook antialiased bicubic resize, in doubles, bytes between the passes as in Pillow. */
final class NaiveResize {

  private NaiveResize() {}

  static double[] bicubic(RgbImage image, int width, int height) {
    double[] pixels = new double[image.rgb().length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = image.rgb()[i] & 0xff;
    }
    double[] rows = new double[3 * width * image.height()];
    for (int y = 0; y < image.height(); y++) {
      for (int channel = 0; channel < 3; channel++) {
        line(
            pixels,
            3 * y * image.width() + channel,
            3,
            image.width(),
            rows,
            3 * y * width + channel,
            3,
            width);
      }
    }
    double[] result = new double[3 * width * height];
    for (int x = 0; x < 3 * width; x++) {
      line(rows, x, 3 * width, image.height(), result, x, 3 * width, height);
    }
    return result;
  }

  private static void line(
      double[] in,
      int inAt,
      int inStep,
      int inSize,
      double[] out,
      int outAt,
      int outStep,
      int outSize) {
    double scale = (double) inSize / outSize;
    double width = Math.max(scale, 1);
    for (int o = 0; o < outSize; o++) {
      double center = (o + 0.5) * scale;
      double sum = 0;
      double total = 0;
      for (int i = 0; i < inSize; i++) {
        double distance = (i + 0.5 - center) / width;
        // Pillow cuts the support at whole pixels, where the kernel is not quite zero yet.
        boolean inside =
            i >= (int) (center - 2 * width + 0.5) && i < (int) (center + 2 * width + 0.5);
        double weight = inside ? kernel(Math.abs(distance)) : 0;
        sum += weight;
        total += weight * in[inAt + i * inStep];
      }
      out[outAt + o * outStep] =
          inSize == outSize
              ? in[inAt + o * inStep]
              : Math.max(0, Math.min(255, Math.floor(total / sum + 0.5)));
    }
  }

  private static double kernel(double x) {
    if (x < 1) {
      return 1.5 * x * x * x - 2.5 * x * x + 1;
    }
    return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
  }
}
