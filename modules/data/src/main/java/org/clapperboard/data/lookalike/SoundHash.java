package org.clapperboard.data.lookalike;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.media.Sound;
import org.clapperboard.media.sound.FilterBank;

/**
 * The hash of a sound: that of a picture of its log-mel spectrum, 32 bands from bottom to top and
 * 32 moments from beginning to end. Like the hash of Haitsma and Kalker, "A Highly Robust Audio
 * Fingerprinting System" (2002), it says where energy rises and falls over time and bands, and so
 * does not hear loudness or a filter; unlike theirs it is one for the whole sound. One thread at a
 * time.
 *
 * <p>Silence has no hash. A sound that does not change, such as a hum, has no spectral picture to
 * speak of; the hash of its samples stands for it, which only the same samples have.
 */
final class SoundHash {
  // Natural logarithm of energy. AAC and MP3 change a low frequency of the picture by less.
  private static final double NOISE = 0.2;
  private static final double SILENCE = 0.003;
  // Below the loudest by 60 dB, coders leave out what they like.
  private static final double RANGE = 6 * Math.log(10);
  // Of it the quietest 20 dB are not heard where a sound begins or ends.
  private static final double HEARD = 2 * Math.log(10);

  private final FilterBank bank = new FilterBank(PerceptualHash.SIDE, Sound.RATE);
  private final int length;

  /** Hashes of the first seconds of sounds. */
  SoundHash(double seconds) {
    this.length = (int) (seconds * Sound.RATE);
  }

  /** The hash of samples, or none. */
  OptionalLong of(short[] stored) {
    short[] samples = Arrays.copyOf(stored, Math.min(stored.length, length));
    float[] sound = Sound.of(samples).samples();
    double peak = 0;
    for (float sample : sound) {
      peak = Math.max(peak, Math.abs(sample));
    }
    if (peak < SILENCE) {
      return OptionalLong.empty();
    }
    double[] picture = picture(bank.compute(sound));
    OptionalLong hash = picture == null ? OptionalLong.empty() : PerceptualHash.of(picture, NOISE);
    return hash.isPresent() ? hash : OptionalLong.of(ofSamples(samples));
  }

  private static long ofSamples(short[] samples) {
    ByteBuffer bytes = ByteBuffer.allocate(samples.length * Short.BYTES);
    bytes.asShortBuffer().put(samples);
    return ByteBuffer.wrap(DigestUtils.sha256(bytes.array())).getLong();
  }

  /**
   * Bands by moments, [32][32], from the first window that can be heard to the last: the mean over
   * the windows of each moment. Null if there are fewer windows than moments.
   */
  private static double[] picture(float[] energies) {
    int side = PerceptualHash.SIDE;
    double floor = loudest(energies, 0, energies.length) - RANGE;
    int first = 0;
    int end = energies.length / side;
    while (first < end && loudest(energies, first * side, side) < floor + HEARD) {
      first++;
    }
    while (first < end && loudest(energies, (end - 1) * side, side) < floor + HEARD) {
      end--;
    }
    int windows = end - first;
    double[] picture = new double[side * side];
    for (int moment = 0; moment < side; moment++) {
      int from = first + windows * moment / side;
      int to = first + windows * (moment + 1) / side;
      for (int window = from; window < to; window++) {
        for (int band = 0; band < side; band++) {
          double value = Math.max(energies[window * side + band], floor);
          picture[band * side + moment] += value / (to - from);
        }
      }
    }
    return windows < side ? null : picture;
  }

  private static double loudest(float[] energies, int from, int count) {
    double loudest = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      loudest = Math.max(loudest, energies[i]);
    }
    return loudest;
  }
}
