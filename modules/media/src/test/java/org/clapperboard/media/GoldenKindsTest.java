package org.clapperboard.media;

import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.testing.GoldenFixtures;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Lists the fixtures about sound and pictures that no test here knows. */
class GoldenKindsTest {

  private static final List<String> KNOWN =
      List.of(
          "05_kaldi_fbank",
          "05_audio_file",
          "05_audio_from_video",
          "09_frame_sampling",
          "09_image_preprocess",
          "09_video_list_preprocess");
  // The audio encoder's own numbers belong to the model.
  private static final String ENCODER = "05_beats";

  @TestFactory
  Stream<DynamicTest> every_fixture_is_of_a_known_kind_or_is_named_here() {
    return Stream.of("05_", "09_")
        .flatMap(prefix -> Golden.fixtures(prefix).stream())
        .filter(fixture -> !fixture.name().startsWith(ENCODER))
        .map(fixture -> DynamicTest.dynamicTest(fixture.name(), () -> check(fixture)));
  }

  private static void check(GoldenFixtures.Fixture fixture) {
    Assumptions.assumeTrue(
        KNOWN.stream().anyMatch(fixture.name()::startsWith), "no test for " + fixture.name());
  }
}
