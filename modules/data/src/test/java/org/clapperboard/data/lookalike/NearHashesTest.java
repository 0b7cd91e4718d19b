package org.clapperboard.data.lookalike;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearHashesTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void hashes_within_the_distance_always_share_a_key(int distance) {
    List<Long> masks = NearHashes.masks(distance);
    assertThat(masks).hasSize((distance + 2) * (distance + 1) / 2).doesNotHaveDuplicates();
    Random random = new Random(distance);
    for (int trial = 0; trial < 20_000; trial++) {
      long hash = random.nextLong();
      long other = hash;
      while (Long.bitCount(hash ^ other) < distance) {
        other ^= 1L << random.nextInt(64);
      }
      long difference = hash ^ other;
      assertThat(masks).anyMatch(mask -> (difference & mask) == 0);
    }
  }

  @Test
  void unlike_hashes_seldom_share_a_key() {
    List<Long> masks = NearHashes.masks(6);
    Random random = new Random(1);
    long shared =
        random
            .longs(100_000)
            .filter(difference -> masks.stream().anyMatch(mask -> (difference & mask) == 0))
            .count();
    // 28 keys of 16 bits: 100,000 * 28 / 65,536 = 43.
    assertThat(shared).isBetween(20L, 80L);
  }

  @Test
  void a_distance_that_finds_everything_alike_is_refused() {
    assertThatThrownBy(() -> NearHashes.masks(11))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("distance is 11 (expected: 0 to 10)");
  }
}
