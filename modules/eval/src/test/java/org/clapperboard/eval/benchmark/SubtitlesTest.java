package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.clapperboard.eval.benchmark.ExamRule.SubtitleRule;
import org.junit.jupiter.api.Test;

class SubtitlesTest {
  private static final String SRT =
      """
      \uFEFF1
      00:00:01,000 --> 00:00:02,500
      <i>Hello</i>
      there.

      2
      00:00:02,000 --> 00:01:00,000 position:50%
      {\\an8}Overlap

      a line without times

      01:00:00.500 --> 01:00:01.5
      Late

      4
      00:02:00,000 --> 00:02:01,000
      """;

  @Test
  void lines_have_their_times_and_their_bare_text() {
    assertThat(Subtitles.parse(SRT).lines())
        .containsExactly(
            new Subtitles.Line(1, 2.5, "Hello there."),
            new Subtitles.Line(2, 60, "Overlap"),
            new Subtitles.Line(3600.5, 3601.5, "Late"),
            new Subtitles.Line(120, 121, ""));
    assertThat(Subtitles.parse(SRT.replace("\n", "\r\n"))).isEqualTo(Subtitles.parse(SRT));
    assertThat(Subtitles.parse("").lines()).isEmpty();
  }

  @Test
  void of_every_frame_the_first_line_that_is_on_is_told_once() {
    Subtitles subtitles = Subtitles.parse(SRT);
    assertThat(subtitles.at(List.of(0.0, 1.0, 2.2, 2.5, 30.0, 60.0, 120.5, 3601.0)))
        .isEqualTo("Hello there.\nOverlap\nLate");
    assertThat(subtitles.at(List.of(0.5))).isEmpty();
    assertThat(subtitles.all()).isEqualTo("Hello there.\nOverlap\nLate");
  }

  @Test
  void they_go_before_the_prompt() {
    assertThat(new SubtitleRule("file", "Read:\n{subtitles}\n").prompt("Why?", "a\nb"))
        .isEqualTo("Read:\na\nb\nWhy?");
  }
}
