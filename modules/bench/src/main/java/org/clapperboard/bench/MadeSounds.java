package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.media.PcmTrack;
import org.clapperboard.media.Sound;
import org.clapperboard.media.WavWriter;

/**
 * Sounds for where none are at hand: tones that rise and fall in noise, so that no band is empty.
 */
final class MadeSounds {
  private static final int SECONDS = 30;

  private MadeSounds() {}

  /** Writes 44.1 kHz in two channels, 8 kHz and 16 kHz in one. */
  static List<Path> write(Path folder) throws IOException {
    return List.of(
        write(folder, 2, 44_100, SECONDS),
        write(folder, 1, 8_000, SECONDS),
        write(folder, 1, Sound.RATE, SECONDS));
  }

  static Path write(Path folder, int channels, int rate, int seconds) throws IOException {
    SplittableRandom random = new SplittableRandom(rate);
    short[] samples = new short[channels * rate * seconds];
    double phase = 0;
    for (int i = 0; i < rate * seconds; i++) {
      phase += 2 * Math.PI * (300 + 250 * Math.sin(2.0 * i / rate)) / rate;
      for (int channel = 0; channel < channels; channel++) {
        double tone = 6000 * Math.sin(phase + channel) + 2000 * Math.sin(3 * phase);
        samples[channels * i + channel] = (short) (tone + 3000 * (random.nextDouble() - 0.5));
      }
    }
    return Files.write(
        folder.resolve(rate + "-" + channels + ".wav"),
        WavWriter.write(new PcmTrack(samples, channels, rate)));
  }
}
