package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.source;
import static org.clapperboard.media.TestMedia.uniform;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("full")
class LeakIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;
  private static final int ROUNDS = 2_000;

  @Test
  void two_thousand_files_good_and_bad_leave_nothing_behind() {
    byte[] clip = TestMedia.clip();
    byte[] cut = Arrays.copyOf(clip, clip.length / 2);
    byte[] damaged = clip.clone();
    Arrays.fill(damaged, clip.length / 3, clip.length / 3 + 500, (byte) 0x55);
    for (int i = 0; i < 300; i++) {
      round(List.of(clip, cut, damaged));
    }
    long before = ResidentMemory.megabytesOutsideHeap();
    for (int i = 0; i < ROUNDS; i++) {
      round(List.of(clip, cut, damaged));
    }
    assertThat(ResidentMemory.megabytesOutsideHeap() - before).isLessThan(40);
  }

  private static void round(List<byte[]> files) {
    SoundRequest sound = SoundRequest.of(new SoundRoute.Whole());
    for (byte[] file : files) {
      VideoFrames.read(source(file), uniform(8), LIMITS);
      SoundReader.read(source(file), sound, LIMITS);
    }
    try (FrameCodec codec = new FrameCodec(new FrameEncoding.Jpeg(90))) {
      byte[] jpeg = codec.encode(TestMedia.frames(1, 56, 56).get(0));
      FrameCodec.decode(jpeg);
      Pictures.read(MediaSource.of("cut.jpg", Arrays.copyOf(jpeg, 300)), LIMITS);
    }
  }
}
