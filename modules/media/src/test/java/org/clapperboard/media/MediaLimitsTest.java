package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MediaLimitsTest {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;

  @Test
  void each_limit_can_be_changed_alone() {
    MediaLimits changed =
        LIMITS
            .withMaxBytes(1)
            .withMaxPixels(2)
            .withMaxPackets(3)
            .withMaxDuration(Duration.ofSeconds(4))
            .withTimeout(Duration.ofSeconds(5));
    assertThat(changed)
        .isEqualTo(new MediaLimits(1, 2, 3, Duration.ofSeconds(4), Duration.ofSeconds(5)));
  }

  @Test
  void a_limit_that_allows_nothing_is_refused() {
    assertThatThrownBy(() -> LIMITS.withMaxBytes(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxBytes is 0 (expected: above zero)");
    assertThatThrownBy(() -> LIMITS.withMaxPackets(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxPackets is -1 (expected: above zero)");
    assertThatThrownBy(() -> LIMITS.withTimeout(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("timeout is PT0S (expected: above zero)");
    assertThatThrownBy(() -> LIMITS.withMaxDuration(Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxDuration is PT-1S (expected: above zero)");
    assertThatThrownBy(() -> LIMITS.withMaxPixels(1L << 30))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxPixels is 1073741824 (expected: 1 to 536870911)");
  }
}
