package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "0, 50, 0",
    "0, 50, -30",
    "10, 35, -30",
    "10, 25, 0",
    "5, 9223372036854775807, -30",
    "90, 95, 0",
    "0, 20000, 7"
  })
  void samples_between_its_ends_are_kept_whatever_they_come_in(long first, long end, long start) {
    SoundSpan span = new SoundSpan(first, end);
    span.startAt(start);
    List<Float> expected = new ArrayList<>();
    for (long at = Math.max(first, 0); at < Math.min(start, end); at++) {
      expected.add(0f);
    }
    long position = start;
    short value = 0;
    for (int length : new int[] {1, 7, 64, 3, 20_000}) {
      short[] frame = new short[length];
      for (int i = 0; i < length; i++) {
        frame[i] = value++;
        if (position >= first && position < end) {
          expected.add(frame[i] / 32768f);
        }
        position++;
      }
      span.addShorts(ShortBuffer.wrap(frame));
    }
    assertThat(span.position()).isEqualTo(position);
    assertThat(span.samples(span.count())).containsExactly(expected.toArray(Float[]::new));
  }

  @Test
  void silence_ends_with_the_span() {
    SoundSpan span = new SoundSpan(0, 50);
    span.startAt(1_000_000_000_000L);
    assertThat(span.position()).isEqualTo(50);
    assertThat(span.count()).isEqualTo(50);
  }
}
