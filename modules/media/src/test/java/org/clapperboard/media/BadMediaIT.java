package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clapperboard.media.TestMedia.uniform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.clapperboard.media.pixels.RgbImage;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * A folder of hostile and broken files with {@code expected.json}, given by {@code -Dbadmedia=DIR}.
 */
class BadMediaIT {

  private static final MediaLimits LIMITS = MediaLimits.DEFAULT;

  @TestFactory
  Stream<DynamicTest> every_file_behaves_as_is_expected_of_it() throws IOException {
    String folder = System.getProperty("badmedia", "");
    Assumptions.assumeFalse(folder.isEmpty(), "no -Dbadmedia=DIR with files and expected.json");
    JsonNode files =
        new ObjectMapper().readTree(Path.of(folder, "expected.json").toFile()).get("files");
    assertThat(files).isNotEmpty();
    return files.properties().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(), () -> check(Path.of(folder, each.getKey()), each)));
  }

  private static void check(Path file, Map.Entry<String, JsonNode> expected) {
    JsonNode what = expected.getValue();
    if (what.has("video")) {
      checkVideo(file, what.get("video"));
    }
    if (what.has("audio")) {
      checkSound(file, what.get("audio"));
    }
    if (what.has("image")) {
      checkPicture(file, what.get("image"));
    }
  }

  private static void checkVideo(Path file, JsonNode expected) {
    try (MediaSource source = MediaSource.of(file)) {
      long start = System.nanoTime();
      Decoded<FrameSet> decoded = VideoFrames.read(source, uniform(8), LIMITS);
      if (expected.get("status").asText().equals("ok")) {
        assertThat(decoded).isInstanceOf(Decoded.Ok.class);
        FrameSet set = ((Decoded.Ok<FrameSet>) decoded).value();
        assertThat(set.uniform(8)).hasSize(8);
        checkFigures(expected, decoded.stats(), set);
        if (decoded.stats().warnings().isEmpty()) {
          checkPixels(file, decoded.stats(), set);
        }
        return;
      }
      // A part of a video is rejected, too: its caption would speak of what is not there.
      assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
      Reason reason = ((Decoded.Rejected<FrameSet>) decoded).reason();
      if (expected.get("status").asText().equals("partial")) {
        assertThat(reason).isEqualTo(Reason.TRUNCATED);
        return;
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      switch (expected.path("reason").asText()) {
        case "over max_pixels" -> assertThat(reason).isEqualTo(Reason.TOO_MANY_PIXELS);
        // A file cut inside its first header opens as nothing at all.
        case "no video stream" -> assertThat(reason).isIn(Reason.NO_VIDEO, Reason.TRUNCATED);
        default ->
            assertThat(reason)
                .isIn(
                    Reason.NOT_MEDIA,
                    Reason.UNSUPPORTED,
                    Reason.CORRUPT,
                    Reason.TRUNCATED,
                    Reason.EMPTY);
      }
    }
  }

  private static void checkFigures(JsonNode expected, DecodeStats stats, FrameSet set) {
    if (expected.has("packets")) {
      assertThat(stats.packets()).isEqualTo(expected.get("packets").asInt());
    }
    if (expected.has("frames")) {
      assertThat(set.totalFrames()).isEqualTo(expected.get("frames").asInt());
    }
    if (expected.has("distinct")) {
      assertThat(set.frames()).hasSize(expected.get("distinct").asInt());
    }
    if (expected.has("rotate")) {
      assertThat(stats.rotationDegrees()).isEqualTo(expected.get("rotate").asInt());
    }
    if (expected.has("width")) {
      assertThat(stats.width()).isEqualTo(expected.get("width").asInt());
      assertThat(stats.height()).isEqualTo(expected.get("height").asInt());
    }
  }

  /** Damaged files may differ: what they lack is concealed, but not counted. */
  private static void checkPixels(Path file, DecodeStats stats, FrameSet set) {
    NaiveVideo naive = NaiveVideo.of(file, set);
    Turn turn = Turn.ofDegrees(stats.rotationDegrees());
    assertThat(set.totalFrames()).isEqualTo(naive.total());
    for (FrameSet.Frame frame : set.frames()) {
      assertThat(frame.image().equals(turn.apply(naive.frame(frame.index())))).isTrue();
    }
  }

  private static void checkSound(Path file, JsonNode expected) {
    try (MediaSource source = MediaSource.of(file)) {
      Decoded<Sound> decoded =
          SoundReader.read(source, SoundRequest.of(new SoundRoute.Whole()), LIMITS);
      String status = expected.get("status").asText();
      if (status.equals("error") || expected.has("reason")) {
        assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
        return;
      }
      assertThat(decoded).isInstanceOf(Decoded.Ok.class);
      Sound sound = ((Decoded.Ok<Sound>) decoded).value();
      if (expected.has("samples_16k")) {
        assertThat(sound.samples()).hasSize(expected.get("samples_16k").asInt());
      }
      assertThat(decoded.stats().warnings().contains(Warning.CUT_SHORT))
          .isEqualTo(status.equals("partial"));
    }
  }

  private static void checkPicture(Path file, JsonNode expected) {
    try (MediaSource source = MediaSource.of(file)) {
      Decoded<RgbImage> decoded = Pictures.read(source, LIMITS);
      if (expected.get("status").asText().equals("error")) {
        assertThat(decoded).isInstanceOf(Decoded.Rejected.class);
        Reason reason = ((Decoded.Rejected<RgbImage>) decoded).reason();
        assertThat(reason)
            .isEqualTo(expected.has("reason") ? Reason.TOO_MANY_PIXELS : Reason.TRUNCATED);
        return;
      }
      assertThat(decoded).isInstanceOf(Decoded.Ok.class);
      RgbImage image = ((Decoded.Ok<RgbImage>) decoded).value();
      assertThat(image.width()).isEqualTo(expected.get("width").asInt());
      assertThat(image.height()).isEqualTo(expected.get("height").asInt());
    }
  }
}
