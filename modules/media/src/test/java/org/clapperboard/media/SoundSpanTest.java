package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SoundSpanTest {

  @Test
  void a_sound_that_begins_after_its_video_begins_with_silence() {
    SoundSpan span = new SoundSpan(10, 50);
    span.startAt(30);
    assertThat(span.position()).isEqualTo(30);
    assertThat(span.samples(span.count())).hasSize(20).containsOnly(0);
  }

  @Test
  void a_sound_that_begins_before_its_video_loses_its_beginning() {
    SoundSpan span = new SoundSpan(0, 50);
    span.startAt(-30);
    assertThat(span.position()).isEqualTo(-30);
    assertThat(span.count()).isZero();
  }

  @Test
  void silence_ends_with_the_span() {
    SoundSpan span = new SoundSpan(0, 50);
    span.startAt(1_000_000_000_000L);
    assertThat(span.position()).isEqualTo(50);
    assertThat(span.count()).isEqualTo(50);
  }
}
