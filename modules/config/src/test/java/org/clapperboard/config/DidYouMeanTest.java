package org.clapperboard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DidYouMeanTest {
  private static final List<String> KNOWN =
      List.of("lr", "betas", "weight-decay", "warmup-steps", "audio-encoder");

  @ParameterizedTest
  @CsvSource({
    "lrr, lr",
    "beta, betas",
    "weihgt-decay, weight-decay",
    "weightDecay, weight-decay",
    "weight_decay, weight-decay",
    "WARMUP_STEPS, warmup-steps",
    "audio-encodr, audio-encoder",
    "lr, lr"
  })
  void a_mistyped_name_finds_the_nearest(String given, String meant) {
    assertThat(DidYouMean.closest(given, KNOWN)).contains(meant);
    assertThat(DidYouMean.advice(given, KNOWN)).isEqualTo("Did you mean \"" + meant + "\"?");
  }

  @ParameterizedTest
  @CsvSource({"wd", "learning-rate", "x", "''", "decay"})
  void a_name_far_from_all_finds_none(String given) {
    assertThat(DidYouMean.closest(given, KNOWN)).isEmpty();
    assertThat(DidYouMean.advice(given, KNOWN)).isEmpty();
  }

  @Test
  void of_equally_near_names_the_first_wins() {
    assertThat(DidYouMean.closest("stage0", List.of("stage2", "stage1"))).contains("stage2");
    assertThat(DidYouMean.closest("any", List.of())).isEqualTo(Optional.empty());
  }
}
