package org.clapperboard.data.lookalike;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SoundHashTest {
  private static final SoundHash HASH = new SoundHash(2);

  /** Notes of random pitch and length. */
  private static short[] tune(int seed) {
    Random random = new Random(seed);
    short[] samples = new short[32000];
    for (int note = 0; note < 12; note++) {
      int start = random.nextInt(28000);
      int end = Math.min(samples.length, start + 2000 + random.nextInt(6000));
      double frequency = 150 * Math.pow(2, 5 * random.nextDouble());
      for (int i = start; i < end; i++) {
        samples[i] += (short) (2000 * Math.sin(2 * Math.PI * frequency * i / 16000));
      }
    }
    return samples;
  }

  private static short[] changed(short[] samples, double gain, int noise) {
    Random random = new Random(9);
    short[] changed = new short[samples.length];
    for (int i = 0; i < changed.length; i++) {
      changed[i] = (short) (gain * samples[i] + noise * random.nextGaussian());
    }
    return changed;
  }

  @Test
  void a_sound_keeps_its_hash_when_it_is_quieter_or_has_noise_in_it() {
    for (int seed = 0; seed < 10; seed++) {
      long hash = HASH.of(tune(seed)).orElseThrow();
      assertThat(distance(hash, HASH.of(changed(tune(seed), 0.4, 0)))).isLessThan(7);
      assertThat(distance(hash, HASH.of(changed(tune(seed), 1, 2)))).isLessThan(7);
      for (int other = 0; other < seed; other++) {
        assertThat(distance(hash, HASH.of(tune(other)))).isGreaterThan(10);
      }
    }
  }

  private static int distance(long hash, OptionalLong other) {
    return PerceptualHash.distance(hash, other.orElseThrow());
  }

  @Test
  void silence_is_like_no_silence() {
    assertThat(HASH.of(new short[32000])).isEmpty();
    assertThat(HASH.of(changed(new short[32000], 0, 10))).isEmpty();
    assertThat(HASH.of(new short[0])).isEmpty();
  }

  @Test
  void what_does_not_change_is_like_the_very_same_samples_alone() {
    short[] hum = new short[32000];
    for (int i = 0; i < hum.length; i++) {
      hum[i] = (short) (3000 * Math.sin(2 * Math.PI * 100 * i / 16000));
    }
    OptionalLong hash = HASH.of(hum);
    assertThat(hash).isEqualTo(HASH.of(hum.clone()));
    assertThat(distance(hash.orElseThrow(), HASH.of(changed(hum, 0.9, 0)))).isGreaterThan(10);
  }

  @Test
  void only_the_first_seconds_are_heard() {
    short[] longer = Arrays.copyOf(tune(1), 48000);
    Arrays.fill(longer, 32000, 48000, (short) 500);
    assertThat(HASH.of(longer)).isEqualTo(HASH.of(tune(1)));
  }
}
