package org.clapperboard.media.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.detail;
import static org.clapperboard.media.TestMedia.reason;
import static org.clapperboard.media.TestMedia.uniform;
import static org.clapperboard.media.TestMedia.value;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Reason;
import org.clapperboard.media.SlowSource;
import org.clapperboard.media.TestMedia;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Files that hang or fail here, and then in a real child. */
class GuardedDecoderIT {
  private static final MediaLimits LIMITS = MediaLimits.DEFAULT.withTimeout(Duration.ofSeconds(2));
  private static final int HEAP_MEGABYTES = 256;

  private final byte[] clip = TestMedia.clip();
  private final AtomicInteger children = new AtomicInteger();

  /** Fails as the native library might, in this process and in the child. */
  private final GuardedDecoder faulty =
      GuardedDecoder.of(new FaultyWorker(), () -> child(FaultyWorker.class));

  /** Fails in this process only. */
  private final GuardedDecoder recovering =
      GuardedDecoder.of(new FaultyWorker(), () -> child(ChildWorker.class));

  private MediaDecoder child(Class<?> mainClass) {
    children.incrementAndGet();
    return new ChildDecoder(mainClass, HEAP_MEGABYTES);
  }

  @AfterEach
  void end() {
    faulty.close();
    recovering.close();
  }

  @Test
  void what_goes_well_needs_no_child() {
    try (MediaDecoder plain = MediaDecoder.inProcess()) {
      FrameSet expected = value(plain.frames(named("good"), uniform(8), LIMITS));
      assertThat(value(faulty.frames(named("good"), uniform(8), LIMITS))).isEqualTo(expected);
    }
    Decoded<FrameSet> text = faulty.frames(MediaSource.of("t", new byte[9]), uniform(8), LIMITS);
    assertThat(reason(text)).isEqualTo(Reason.NOT_MEDIA);
    assertThat(children).hasValue(0);
  }

  @Test
  void a_hang_here_and_there_ends_at_its_limits_and_the_next_file_is_read() {
    long start = System.nanoTime();
    Decoded<FrameSet> hung = faulty.frames(named("hang"), uniform(8), LIMITS);
    // Two seconds here, two in the child, and a second of grace for each.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
    assertThat(reason(hung)).isEqualTo(Reason.TIMEOUT);
    assertThat(detail(hung)).isEqualTo("Cannot read hang: ended after 2000 ms");
    value(faulty.frames(named("good"), uniform(8), MediaLimits.DEFAULT));
    assertThat(children).hasValue(1);
  }

  @Test
  void a_hang_that_the_child_does_not_have_costs_nothing_but_time() {
    value(recovering.frames(named("hang"), uniform(8), LIMITS.withTimeout(Duration.ofSeconds(5))));
    assertThat(children).hasValue(1);
  }

  @Test
  void an_error_that_no_file_should_cause_is_tried_in_the_child() {
    value(recovering.frames(named("bug"), uniform(8), MediaLimits.DEFAULT));
    Decoded<FrameSet> bug = faulty.frames(named("bug"), uniform(8), MediaLimits.DEFAULT);
    assertThat(reason(bug)).isEqualTo(Reason.CRASHED);
    assertThat(detail(bug)).contains("a bug");
  }

  @Test
  void who_distrusts_this_process_survives_a_crash() {
    GuardedDecoder decoder = faulty.distrusting();
    assertThat(reason(decoder.frames(named("wild pointer"), uniform(8), MediaLimits.DEFAULT)))
        .isEqualTo(Reason.CRASHED);
    value(decoder.frames(named("good"), uniform(8), MediaLimits.DEFAULT));
  }

  @Test
  void a_storage_that_never_answers_ends_at_its_limits_too() {
    MediaSource blocked = new SlowSource(named("good"), Duration.ofDays(1));
    assertThat(reason(recovering.frames(blocked, uniform(8), LIMITS))).isEqualTo(Reason.TIMEOUT);
  }

  private MediaSource named(String name) {
    return MediaSource.of(name, clip);
  }
}
