package org.clapperboard.serve;

import java.nio.FloatBuffer;
import org.clapperboard.media.pixels.RgbImage;

/** A filter bank as a picture: time to the right, pitch upwards, the louder the brighter. */
final class Spectrogram {
  /** Nepers below the loudest that are told apart; what is quieter is black. */
  private static final float RANGE = 12;

  /** From silence to the loudest, red, green and blue; in between they are mixed. */
  private static final int[][] COLOURS = {
    {8, 6, 24}, {60, 18, 90}, {150, 40, 100}, {230, 90, 60}, {252, 180, 60}, {252, 250, 200}
  };

  private Spectrogram() {}

  /**
   * Draws a bank, a pixel for each value.
   *
   * @param bank (windows, bins) logarithms
   */
  static RgbImage of(FloatBuffer bank, int bins) {
    int windows = bank.remaining() / bins;
    float loudest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < windows * bins; i++) {
      loudest = Math.max(loudest, bank.get(bank.position() + i));
    }
    byte[] rgb = new byte[3 * windows * bins];
    for (int window = 0; window < windows; window++) {
      for (int bin = 0; bin < bins; bin++) {
        float value = bank.get(bank.position() + window * bins + bin);
        float share = Math.max(0, 1 - (loudest - value) / RANGE);
        put(rgb, 3 * ((bins - 1 - bin) * windows + window), share * (COLOURS.length - 1));
      }
    }
    return new RgbImage(windows, bins, rgb);
  }

  private static void put(byte[] rgb, int at, float place) {
    int below = Math.min((int) place, COLOURS.length - 2);
    float above = place - below;
    for (int channel = 0; channel < 3; channel++) {
      float mixed = COLOURS[below][channel] * (1 - above) + COLOURS[below + 1][channel] * above;
      rgb[at + channel] = (byte) Math.round(mixed);
    }
  }
}
