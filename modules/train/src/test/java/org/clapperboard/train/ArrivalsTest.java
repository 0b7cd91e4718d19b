package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  private static final long SECOND = 1_000_000_000;

  private static Arrivals of10Seconds() {
    return new Arrivals(Duration.ofSeconds(10), 5 * SECOND);
  }

  @Test
  void executors_of_which_none_comes_are_not_waited_for_longer() {
    Arrivals arrivals = of10Seconds();
    assertThat(arrivals.areOver(0, 15 * SECOND)).isFalse();
    assertThat(arrivals.areOver(0, 16 * SECOND)).isTrue();
  }

  @Test
  void each_that_comes_starts_the_clock_again() {
    Arrivals arrivals = of10Seconds();
    for (int there = 1; there < 8; there++) {
      assertThat(arrivals.areOver(there, (5 + 9L * there) * SECOND)).isFalse();
    }
    assertThat(arrivals.areOver(7, (5 + 9 * 7 + 10) * SECOND)).isFalse();
    assertThat(arrivals.areOver(7, (5 + 9 * 7 + 11) * SECOND)).isTrue();
  }

  @Test
  void one_that_goes_and_comes_back_does_not() {
    Arrivals arrivals = of10Seconds();
    assertThat(arrivals.areOver(2, 6 * SECOND)).isFalse();
    assertThat(arrivals.areOver(1, 10 * SECOND)).isFalse();
    assertThat(arrivals.areOver(2, 14 * SECOND)).isFalse();
    assertThat(arrivals.areOver(1, 17 * SECOND)).isTrue();
  }
}
