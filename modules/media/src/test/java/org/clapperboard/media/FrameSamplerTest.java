package org.clapperboard.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.clapperboard.testing.GoldenRun;
import org.clapperboard.testing.GoldenTests;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class FrameSamplerTest {

  @TestFactory
  @Tag("golden")
  Stream<DynamicNode> indexes_are_those_of_the_reference() {
    return GoldenTests.of(FrameSamplerTest.class, "09_frame_sampling", FrameSamplerTest::compare);
  }

  private static void compare(GoldenRun run) {
    for (JsonNode row : run.json().get("uniform")) {
      FrameSampler.Range range = new FrameSampler.Range(0, row.get("duration").asInt() - 1);
      int[] ids = FrameSampler.uniform(range, row.get("num_frames").asInt());
      run.equal("uniform " + row, ids, ints(row.get("ids")));
    }
    for (JsonNode row : run.json().get("fps")) {
      everySecond(run, row);
    }
    int maxFrames = run.json().get("MAX_FRAMES").asInt();
    for (JsonNode row : run.json().get("process_video_segments")) {
      segment(run, row, maxFrames);
    }
    // Defaults of its arguments, which are asked for here.
    run.told("NUM_FRAMES", "NUM_FRAMES_PER_SECOND");
  }

  private static void everySecond(GoldenRun run, JsonNode row) {
    int duration = row.get("duration").asInt();
    double fps = row.get("fps").asDouble();
    FrameSampler.Range range = new FrameSampler.Range(0, duration - 1);
    int[] chosen = FrameSampler.everySecond(range, fps, Integer.MAX_VALUE);
    if (row.has("error")) {
      run.otherwise(
          "fails for %d frames at %s per second with \"%s\""
              .formatted(duration, fps, row.get("error").asText()),
          "every frame is taken",
          () -> assertThat(chosen).isEqualTo(IntStream.range(0, duration).toArray()));
    } else {
      run.equal("fps " + row, chosen, ints(row.get("ids")));
    }
  }

  private static void segment(GoldenRun run, JsonNode row, int maxFrames) {
    double fps = row.get("fps").asDouble();
    FrameSampler.Range range = FrameSampler.range(clip(row), row.get("total_frames").asInt(), fps);
    int[] chosen =
        row.get("num_frames").isNull()
            ? FrameSampler.everySecond(range, fps, maxFrames)
            : FrameSampler.uniform(range, row.get("num_frames").asInt());
    run.equal("segment " + row, chosen, ints(row.get("indices")));
    run.number("frames of " + row, chosen.length, row.get("output_frames").asInt(), 0);
  }

  @Test
  void below_one_frame_per_second_every_frame_is_taken_where_the_reference_divides_by_zero() {
    assertThat(FrameSampler.everySecond(new FrameSampler.Range(0, 4), 0.5, 32))
        .containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void a_clip_behind_the_last_frame_has_no_range() {
    assertThat(FrameSampler.range(Clip.from(11), 300, 30)).isNull();
    assertThat(FrameSampler.range(Clip.from(10), 300, 30))
        .isEqualTo(new FrameSampler.Range(299, 299));
  }

  @Test
  void a_clip_shorter_than_a_frame_shows_the_frame_at_its_start() {
    assertThat(FrameSampler.range(new Clip(2.0, 2.01), 300, 30))
        .isEqualTo(new FrameSampler.Range(59, 59));
  }

  @Test
  void the_whole_file_is_all_frames_whatever_the_rate() {
    assertThat(FrameSampler.range(Clip.WHOLE, 7, 23.976)).isEqualTo(new FrameSampler.Range(0, 6));
    assertThat(FrameSampler.range(Clip.WHOLE, 7, 0)).isEqualTo(new FrameSampler.Range(0, 6));
  }

  @Test
  void clips_and_counts_that_mean_nothing_are_refused() {
    assertThatThrownBy(() -> new Clip(Double.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a clip cannot go from NaN s to 1.0 s");
    assertThatThrownBy(() -> FrameSampler.uniform(new FrameSampler.Range(0, 1), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cannot choose 0 frames");
    assertThatThrownBy(() -> new FrameSampler.Range(3, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no frames from 3 to 2");
  }

  private static Clip clip(JsonNode row) {
    double start = row.get("s").isNull() ? 0 : row.get("s").asDouble();
    double end = row.get("e").isNull() ? Double.POSITIVE_INFINITY : row.get("e").asDouble();
    return new Clip(start, end);
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
