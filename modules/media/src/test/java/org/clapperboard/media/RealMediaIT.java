package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.uniform;
import static org.clapperboard.media.TestMedia.value;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** A folder of real videos, sounds and pictures at any depth, given by {@code -Drealmedia=DIR}. */
class RealMediaIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;

  @TestFactory
  Stream<DynamicTest> every_file_can_be_read_and_its_frames_are_the_right_ones()
      throws IOException {
    String folder = System.getProperty("realmedia", "");
    Assumptions.assumeFalse(folder.isEmpty(), "no -Drealmedia=DIR with media files");
    try (Stream<Path> files = Files.walk(Path.of(folder))) {
      List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
      return all.stream()
          .filter(
              file ->
                  file.toString().matches(".*\\.(mp4|mkv|webm|avi|mov|ogg|wav|flac|mp3|jpg|png)"))
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
    }
  }

  private static void check(Path file) {
    try (MediaSource source = MediaSource.of(file)) {
      if (file.toString().matches(".*\\.(jpg|png)")) {
        assertThat(value(Pictures.read(source, LIMITS)).width()).isPositive();
      } else if (file.toString().matches(".*\\.(ogg|wav|flac|mp3)")) {
        SoundRequest whole = SoundRequest.of(new SoundRoute.Whole());
        assertThat(value(SoundReader.read(source, whole, LIMITS)).samples()).isNotEmpty();
      } else {
        checkVideo(file, source);
      }
    }
  }

  private static void checkVideo(Path file, MediaSource source) {
    Decoded<FrameSet> decoded = VideoFrames.read(source, uniform(8, 16), LIMITS);
    FrameSet set = value(decoded);
    Turn turn = Turn.ofDegrees(decoded.stats().rotationDegrees());
    NaiveVideo naive = NaiveVideo.of(file, set);
    assertThat(set.totalFrames()).isEqualTo(naive.total());
    for (FrameSet.Frame frame : set.frames()) {
      assertThat(frame.image().equals(turn.apply(naive.frame(frame.index()))))
          .as("frame %d", frame.index())
          .isTrue();
    }
  }
}
