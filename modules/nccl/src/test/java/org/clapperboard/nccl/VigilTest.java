package org.clapperboard.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class VigilTest {

  @Test
  void what_is_done_at_last_is_waited_for_with_a_look_now_and_then() {
    AtomicInteger looks = new AtomicInteger();
    Vigil vigil = new Vigil(Duration.ofSeconds(60), looks::incrementAndGet);
    vigil.until(() -> looks.get() == 2, "the device");
    assertThat(looks).hasValue(2);
  }

  @Test
  void a_wait_ends_at_the_deadline_and_says_what_was_waited_for() {
    Vigil vigil = new Vigil(Duration.ofMillis(30), () -> {});
    assertThatThrownBy(() -> vigil.until(() -> false, "the device"))
        .isInstanceOf(NativeFailure.class)
        .hasMessage("the device has not ended after 0.03 s");
  }

  @Test
  void a_look_that_finds_no_sense_in_it_ends_the_wait() {
    Vigil vigil =
        new Vigil(
            Duration.ofSeconds(60),
            () -> {
              throw new NativeFailure("rank 1 was interrupted");
            });
    assertThatThrownBy(() -> vigil.until(() -> false, "the device"))
        .isInstanceOf(NativeFailure.class)
        .hasMessage("rank 1 was interrupted");
  }
}
