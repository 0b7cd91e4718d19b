package org.clapperboard.media.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.detail;
import static org.clapperboard.media.TestMedia.reason;
import static org.clapperboard.media.TestMedia.uniform;
import static org.clapperboard.media.TestMedia.value;

import java.nio.file.Path;
import java.time.Duration;
import org.clapperboard.media.Decoded;
import org.clapperboard.media.FailingSource;
import org.clapperboard.media.FrameCodec;
import org.clapperboard.media.FrameEncoding;
import org.clapperboard.media.FrameSet;
import org.clapperboard.media.MediaDecoder;
import org.clapperboard.media.MediaLimits;
import org.clapperboard.media.MediaSource;
import org.clapperboard.media.Pictures;
import org.clapperboard.media.Reason;
import org.clapperboard.media.SlowSource;
import org.clapperboard.media.SoundRequest;
import org.clapperboard.media.SoundRoute;
import org.clapperboard.media.TestMedia;
import org.clapperboard.media.VideoRequest;
import org.clapperboard.media.pixels.Preprocess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChildDecoderIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;
  private static final MediaLimits SHORT = LIMITS.withTimeout(Duration.ofSeconds(1));
  private static final int HEAP_MEGABYTES = 256;

  private final byte[] clip = TestMedia.clip();
  private final ChildDecoder child = new ChildDecoder(FaultyWorker.class, HEAP_MEGABYTES);
  private final MediaDecoder here = MediaDecoder.inProcess();

  @AfterAll
  void end() {
    child.close();
    here.close();
  }

  @Test
  void the_child_gives_what_this_process_gives() {
    try (ChildDecoder decoder = new ChildDecoder(HEAP_MEGABYTES)) {
      Preprocess recipe = new Preprocess(Preprocess.Encoder.SIGLIP, 56, Preprocess.Aspect.PAD);
      VideoRequest request = uniform(8, 16).with(recipe);
      FrameSet there = value(decoder.frames(good(), request, LIMITS));
      assertThat(there).isEqualTo(value(here.frames(good(), request, LIMITS)));
      SoundRequest sound = SoundRequest.of(new SoundRoute.ReferenceFile(0.5));
      assertThat(value(decoder.sound(good(), sound, LIMITS)).samples())
          .isEqualTo(value(here.sound(good(), sound, LIMITS)).samples());
      try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(90))) {
        MediaSource jpeg =
            MediaSource.of("x.jpg", codec.encode(TestMedia.frames(1, 40, 30).get(0)));
        assertThat(value(decoder.picture(jpeg, Pictures.Orientation.AS_STORED, LIMITS)))
            .isEqualTo(value(here.picture(jpeg, Pictures.Orientation.AS_STORED, LIMITS)));
      }
    }
  }

  @Test
  void reasons_and_statistics_come_from_the_child() {
    Decoded<FrameSet> text =
        child.frames(MediaSource.of("text", new byte[500]), uniform(8), LIMITS);
    assertThat(reason(text)).isEqualTo(Reason.NOT_MEDIA);
    assertThat(child.frames(good(), uniform(8), LIMITS).stats().codec()).isEqualTo("mpeg4");
    try (MediaSource missing = MediaSource.of(Path.of("no/such/file.mp4"))) {
      assertThat(reason(child.frames(missing, uniform(8), LIMITS))).isEqualTo(Reason.MISSING);
    }
    assertThat(reason(child.frames(new FailingSource(good()), uniform(8), LIMITS)))
        .isEqualTo(Reason.UNREADABLE);
  }

  @Test
  void a_hang_ends_at_its_limit_and_the_next_file_is_read() {
    value(child.frames(good(), uniform(8), LIMITS));
    long start = System.nanoTime();
    Decoded<FrameSet> hung = child.frames(named("hang"), uniform(8), SHORT);
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
    assertThat(reason(hung)).isEqualTo(Reason.TIMEOUT);
    assertThat(detail(hung)).isEqualTo("Cannot read hang: ended after 1000 ms");
    value(child.frames(good(), uniform(8), LIMITS));
  }

  @Test
  void a_source_that_blocks_ends_at_its_limit_too() {
    MediaSource blocked = new SlowSource(good(), Duration.ofDays(1));
    long start = System.nanoTime();
    assertThat(reason(child.frames(blocked, uniform(8), SHORT))).isEqualTo(Reason.TIMEOUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
    value(child.frames(good(), uniform(8), LIMITS));
  }

  @Test
  void a_crash_costs_the_child_only() {
    Decoded<FrameSet> halted = child.frames(named("halt"), uniform(8), LIMITS);
    assertThat(reason(halted)).isEqualTo(Reason.CRASHED);
    assertThat(detail(halted))
        .isEqualTo("Cannot read halt: the decoding process died: it ended with code 99");
    value(child.frames(good(), uniform(8), LIMITS));
    Decoded<FrameSet> fault = child.frames(named("wild pointer"), uniform(8), LIMITS);
    assertThat(reason(fault)).isEqualTo(Reason.CRASHED);
    // With core dumps off, the virtual machine ends a segmentation fault with code 1.
    assertThat(detail(fault))
        .isEqualTo("Cannot read wild pointer: the decoding process died: it ended with code 1");
    value(child.frames(good(), uniform(8), LIMITS));
  }

  @Test
  void an_error_in_the_child_is_a_crash_that_it_survives() {
    Decoded<FrameSet> bug = child.frames(named("bug"), uniform(8), LIMITS);
    assertThat(reason(bug)).isEqualTo(Reason.CRASHED);
    assertThat(detail(bug))
        .isEqualTo("Cannot read bug: decoding failed with java.lang.IllegalStateException: a bug");
    value(child.frames(good(), uniform(8), LIMITS));
  }

  private MediaSource good() {
    return MediaSource.of("good.mp4", clip);
  }

  private MediaSource named(String name) {
    return MediaSource.of(name, clip);
  }
}
