package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.junit.jupiter.api.Test;

class RepeatsTest {

  /** Samples of the same name, a line each, with these answers. */
  private static List<SampleSpec> answered(String... answers) {
    return IntStream.range(0, answers.length)
        .mapToObj(
            line ->
                new SampleSpec(
                    "x",
                    "d",
                    Modality.TEXT,
                    "",
                    "m.csv",
                    line,
                    List.of(),
                    0,
                    0,
                    Double.POSITIVE_INFINITY,
                    List.of(new Exchange("Is it?", answers[line])),
                    Map.of()))
        .toList();
  }

  @Test
  void the_first_of_those_that_share_a_name_is_used() {
    assertThat(Repeats.REFUSE.pick(answered("no", "yes", "yes")).line()).isZero();
  }

  @Test
  void of_votes_the_first_with_the_answer_of_most_is_used() {
    assertThat(Repeats.MAJORITY.pick(answered("no", "yes", "yes")).line()).isEqualTo(1);
    assertThat(Repeats.MAJORITY.pick(answered("yes", "no", "yes")).line()).isZero();
    assertThat(Repeats.MAJORITY.pick(answered("a", "b", "b", "a", "b")).line()).isEqualTo(1);
  }

  @Test
  void of_answers_with_as_many_votes_the_first_is_used() {
    assertThat(Repeats.MAJORITY.pick(answered("a", "b", "c")).line()).isZero();
    assertThat(Repeats.MAJORITY.pick(answered("c", "b", "b", "a", "a")).line()).isEqualTo(1);
    assertThat(Repeats.MAJORITY.pick(answered("yes")).line()).isZero();
  }

  private static SampleSpec clip(String file, double start, double end) {
    return new SampleSpec(
        "x",
        "d",
        Modality.VIDEO,
        "",
        "m.csv",
        1,
        List.of(file, "/other.mp4"),
        0,
        start,
        end,
        List.of(),
        Map.of());
  }

  @Test
  void a_medium_is_named_by_the_first_place_of_its_file_and_the_part_that_is_shown() {
    double all = Double.POSITIVE_INFINITY;
    assertThat(clip("/data/v/a.mp4", 0, all).medium("/data")).isEqualTo("v/a.mp4");
    assertThat(clip("/data/v/a.mp4", 1.5, all).medium("/data")).isEqualTo("v/a.mp4@1.5-Infinity");
    assertThat(clip("/data/v/a.mp4", 0, 3).medium("/data")).isEqualTo("v/a.mp4@0.0-3.0");
    assertThat(clip("s3a://x/a.mp4", 0, all).medium("/data")).isEqualTo("s3a://x/a.mp4");
  }
}
