package org.clapperboard.data.lookalike;

import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.pixels.PillowResize;
import org.clapperboard.media.pixels.Preprocess;
import org.clapperboard.media.pixels.RgbImage;

/** Hashes of the frames of a clip. */
final class FrameHash {
  /** Frames of a clip that are looked at. */
  static final int FRAMES = 3;

  // Grey levels. JPEG, MPEG-4 and scaling change a low frequency by about one.
  private static final double NOISE = 3;

  private FrameHash() {}

  /**
   * Which of the stored frames are looked at: those next to one, three and five sixths of the clip,
   * so that clips that were prepared for other numbers of frames are compared by nearly the same
   * ones. Fewer where there are not so many.
   *
   * @param numbers number of each stored frame in its file, ascending
   */
  static int[] places(int firstFrame, int lastFrame, int[] numbers) {
    Set<Integer> places = new TreeSet<>();
    for (int i = 0; i < FRAMES; i++) {
      double wanted = firstFrame + (lastFrame - firstFrame) * (2 * i + 1) / (2.0 * FRAMES);
      int nearest = 0;
      for (int place = 1; place < numbers.length; place++) {
        if (Math.abs(numbers[place] - wanted) < Math.abs(numbers[nearest] - wanted)) {
          nearest = place;
        }
      }
      places.add(nearest);
    }
    return places.stream().mapToInt(place -> place).toArray();
  }

  /** The hash of a stored frame, without what it was padded with; none if it shows nothing. */
  static OptionalLong of(byte[] stored, Preprocess preprocess) {
    RgbImage shown = preprocess.withoutPadding(FrameCodec.decode(stored));
    RgbImage small = PillowResize.resize(shown, PerceptualHash.SIDE, PerceptualHash.SIDE);
    byte[] rgb = small.rgb();
    double[] grey = new double[PerceptualHash.SIDE * PerceptualHash.SIDE];
    for (int i = 0; i < grey.length; i++) {
      int red = rgb[3 * i] & 0xff;
      int green = rgb[3 * i + 1] & 0xff;
      grey[i] = 0.299 * red + 0.587 * green + 0.114 * (rgb[3 * i + 2] & 0xff);
    }
    return PerceptualHash.of(grey, NOISE);
  }
}
