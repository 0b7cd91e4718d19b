package org.clapperboard.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StaminaTest {

  @Test
  void attempts_that_begin_with_the_same_step_are_given_up_in_the_end() {
    Stamina stamina = new Stamina(3);
    stamina.lost(40);
    stamina.lost(40);
    assertThat(stamina.isSpent()).isFalse();
    stamina.lost(40);
    assertThat(stamina.isSpent()).isTrue();
  }

  @Test
  void a_stage_that_gets_further_may_be_hit_any_number_of_times() {
    Stamina stamina = new Stamina(2);
    for (int step = 0; step < 1000; step += 10) {
      stamina.lost(step);
      assertThat(stamina.isSpent()).isFalse();
      assertThat(stamina.pause()).hasSeconds(1);
    }
  }

  @Test
  void a_stage_that_falls_back_behind_a_harmed_checkpoint_has_got_no_further() {
    Stamina stamina = new Stamina(2);
    stamina.lost(40);
    stamina.lost(30);
    assertThat(stamina.isSpent()).isTrue();
  }

  @Test
  void one_attempt_means_one() {
    Stamina stamina = new Stamina(1);
    assertThat(stamina.isSpent()).isFalse();
    stamina.lost(0);
    assertThat(stamina.isSpent()).isTrue();
  }

  @Test
  void pauses_double_up_to_a_minute() {
    Stamina stamina = new Stamina(1000);
    long[] wanted = {1, 2, 4, 8, 16, 32, 60, 60};
    for (long seconds : wanted) {
      stamina.lost(0);
      assertThat(stamina.pause()).hasSeconds(seconds);
    }
    for (int i = 0; i < 100; i++) {
      stamina.lost(0);
    }
    assertThat(stamina.pause()).hasSeconds(60);
  }
}
