package org.clapperboard.media.pixels;

import java.nio.FloatBuffer;

/**
 * How a picture of any size becomes the square input of a vision encoder.
 *
 * <p>Source: {@code process_image} and {@code expand2square} of the reference's {@code mm_utils.py}
 * with the CLIP and SigLIP image processors of transformers 4.40. The paper pads every frame; the
 * reference pads in its later training stages only and never when answering, so both are here.
 *
 * @param encoder whose recipe
 * @param size side of the result in pixels: 336 for the released CLIP, 384 for SigLIP
 * @param aspect what becomes of a picture that is not square
 */
public record Preprocess(Encoder encoder, int size, Aspect aspect) implements FrameTransform {
  private static final int MOST_CODING_NOISE = 4;

  /** The recipe's owner, with the mean and deviation of its training pictures. */
  public enum Encoder {
    /** openai/clip-vit-large-patch14-336. */
    CLIP,
    /** google/siglip-so400m-patch14-384. */
    SIGLIP;

    private PerChannel mean() {
      return switch (this) {
        case CLIP -> new PerChannel(0.48145466, 0.4578275, 0.40821073);
        case SIGLIP -> new PerChannel(0.5, 0.5, 0.5);
      };
    }

    private PerChannel deviation() {
      return switch (this) {
        case CLIP -> new PerChannel(0.26862954, 0.26130258, 0.27577711);
        case SIGLIP -> new PerChannel(0.5, 0.5, 0.5);
      };
    }

    private Canvas.Colour padColour() {
      PerChannel mean = mean();
      return new Canvas.Colour(
          (int) (mean.red() * 255), (int) (mean.green() * 255), (int) (mean.blue() * 255));
    }
  }

  private record PerChannel(double red, double green, double blue) {

    float of(int channel) {
      return (float) (channel == 0 ? red : channel == 1 ? green : blue);
    }
  }

  /** What becomes of a picture that is not square. */
  public enum Aspect {
    /** Lay it on a square of the encoder's mean colour; nothing is lost or bent. */
    PAD,
    /** CLIP crops the long side to its middle; SigLIP stretches. */
    AS_IS
  }

  /** Checks the size. */
  public Preprocess {
    if (size < 1) {
      throw new IllegalArgumentException("size is " + size + " (expected: at least 1)");
    }
  }

  /** The picture as size x size bytes. */
  @Override
  public RgbImage apply(RgbImage image) {
    return switch (aspect) {
      case PAD -> PillowResize.resize(padded(image), size, size);
      case AS_IS -> unpadded(image);
    };
  }

  /**
   * Writes a picture that {@link #apply} made as floats, [3][size][size], at the buffer's position
   * and moves that on: (value / 255 - mean) / deviation, each step rounded to float.
   */
  public void normalise(RgbImage image, FloatBuffer out) {
    int pixels = image.width() * image.height();
    byte[] rgb = image.rgb();
    float[] plane = new float[pixels];
    for (int channel = 0; channel < 3; channel++) {
      float[] table = table(channel);
      for (int i = 0; i < pixels; i++) {
        plane[i] = table[rgb[3 * i + channel] & 0xff];
      }
      out.put(plane);
    }
  }

  /**
   * What of a picture that {@link #apply} made shows something: without the bars of the encoder's
   * mean colour at two opposite sides, as far as they can be told from the rest after a coding with
   * losses.
   */
  public RgbImage withoutPadding(RgbImage image) {
    if (aspect != Aspect.PAD) {
      return image;
    }
    int above = bar(image, image.height(), image.width(), 3 * image.width(), 3);
    int beside = bar(image, image.width(), image.height(), 3, 3 * image.width());
    return above >= beside
        ? image.crop(0, above, image.width(), image.height() - 2 * above)
        : image.crop(beside, 0, image.width() - 2 * beside, image.height());
  }

  /** How many lines have the padding's colour at both ends; none if all have. */
  private int bar(RgbImage image, int lines, int length, int nextLine, int nextPixel) {
    int bar = 0;
    while (bar < lines / 2
        && isPadding(image, bar * nextLine, length, nextPixel)
        && isPadding(image, (lines - 1 - bar) * nextLine, length, nextPixel)) {
      bar++;
    }
    return bar == lines / 2 ? 0 : bar;
  }

  private boolean isPadding(RgbImage image, int from, int length, int nextPixel) {
    Canvas.Colour colour = encoder.padColour();
    byte[] rgb = image.rgb();
    long difference = 0;
    for (int i = 0, at = from; i < length; i++, at += nextPixel) {
      difference += Math.abs((rgb[at] & 0xff) - colour.red());
      difference += Math.abs((rgb[at + 1] & 0xff) - colour.green());
      difference += Math.abs((rgb[at + 2] & 0xff) - colour.blue());
    }
    return difference <= MOST_CODING_NOISE * 3L * length;
  }

  Canvas padded(RgbImage image) {
    return Canvas.square(image, encoder.padColour());
  }

  private RgbImage unpadded(RgbImage image) {
    return switch (encoder) {
      case SIGLIP -> PillowResize.resize(image, size, size);
      case CLIP -> centre(shortestSideToSize(image));
    };
  }

  private RgbImage shortestSideToSize(RgbImage image) {
    int shorter = Math.min(image.width(), image.height());
    int longer = Math.max(image.width(), image.height());
    int newLonger = (int) (((double) size * longer) / shorter);
    return image.width() <= image.height()
        ? PillowResize.resize(image, size, newLonger)
        : PillowResize.resize(image, newLonger, size);
  }

  private RgbImage centre(RgbImage image) {
    int left = (image.width() - size) / 2;
    int top = (image.height() - size) / 2;
    return image.crop(left, top, size, size);
  }

  private float[] table(int channel) {
    float mean = encoder.mean().of(channel);
    float deviation = encoder.deviation().of(channel);
    float[] table = new float[256];
    for (int value = 0; value < 256; value++) {
      float rescaled = (float) (value * (1.0 / 255.0));
      table[value] = (rescaled - mean) / deviation;
    }
    return table;
  }
}
