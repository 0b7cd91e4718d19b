package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.recipe.SampleMaker.Made;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConversationsTest {
  private static final String REST =
      """
      name: talks
      modality: text
      source: {format: jsonl, files: [rows.jsonl]}
      id: "x"
      """;
  private static final String TIMED =
      REST + "conversations: c\ntime-tokens: {tokens: m.t, duration: \"{m.d}\"}\n";

  private static Made make(String rule, String row) {
    return RecipeText.make(REST + rule, row);
  }

  private static List<Exchange> exchanges(Made made) {
    assertThat(made.problem()).isNull();
    return made.samples().get(0).exchanges();
  }

  @Test
  void pairs_are_questions_and_answers_with_what_goes_before() {
    String row =
        "{\"QA\": [{\"i\": \" Look. \", \"q\": \"What?\", \"a\": \" A cup. \"}, {\"q\": \"Red?\", \"a\": true},"
            + " {\"i\": \"Describe it.\", \"q\": \"\", \"a\": \"A room.\"}]}";
    assertThat(exchanges(make("pairs: {of: QA, before: i}", row)))
        .containsExactly(
            new Exchange("Look. What?", "A cup."),
            new Exchange("Red?", "true"),
            new Exchange("Describe it.", "A room."));
    assertThat(exchanges(make("pairs: {of: QA}", row)).get(0))
        .isEqualTo(new Exchange("What?", "A cup."));
  }

  @Test
  void pairs_may_have_other_names_and_lie_deeper() {
    assertThat(
            exchanges(
                make(
                    "pairs: {of: d.list, question: ask, answer: say}",
                    "{\"d\": {\"list\": [{\"ask\": \"<video>\\nWho?\", \"say\": \"He.\"}]}}")))
        .containsExactly(new Exchange("Who?", "He."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{};has no questions in \"QA\"",
        "{\"QA\": []};has no questions in \"QA\"",
        "{\"QA\": \"x\"};has no questions in \"QA\"",
        "{\"QA\": [{\"q\": \"x\"}]};lacks the field \"a\"",
        "{\"QA\": [{\"a\": \"x\"}]};lacks the field \"q\"",
        "{\"QA\": [{\"q\": \"x\", \"a\": [1]}]};lacks the field \"a\"",
        "{\"QA\": [{\"q\": \"x\", \"a\": \" \"}]};has an empty answer",
        "{\"QA\": [\"x\"]};lacks the field \"q\"",
      })
  void pairs_that_are_none_are_told(String row, String problem) {
    assertThat(make("pairs: {of: QA}", row).problem()).isEqualTo(problem);
  }

  @Test
  void a_template_is_filled_on_both_sides() {
    assertThat(
            exchanges(
                make(
                    "questions: [\"{a} or {b}?\"]\nanswer: \"{b}.\"",
                    "{\"a\": 1, \"b\": \"two\"}")))
        .containsExactly(new Exchange("1 or two?", "two."));
  }

  private static String timed(String turn, String meta) {
    return "{\"c\": [{\"from\": \"human\", \"value\": \"%s\"}, {\"from\": \"gpt\", \"value\": \"%s\"}]%s}"
        .formatted(turn, turn, meta);
  }

  @Test
  void moments_become_hundredths_of_the_clip() {
    // VTimeLLM, docs/data.md: of 54.2 s, 9.4 s are 17, 49.4 s are 91, 53.2 s are 98.
    String meta =
        ", \"m\": {\"d\": 54.2, \"t\": {\"<s0>\": 0, \"<e0>\": 9.4, \"<s1>\": 49.4, \"<e1>\": 53.2, \"<s10>\": 99}}";
    assertThat(exchanges(RecipeText.make(TIMED, timed("<s0> <e0> <s1> <e1> <s10>", meta))))
        .containsExactly(new Exchange("00 17 91 98 99", "00 17 91 98 99"));
  }

  @Test
  void rows_without_moments_are_left_as_they_are() {
    for (String meta : List.of("", ", \"m\": {}", ", \"m\": {\"t\": {}}")) {
      assertThat(exchanges(RecipeText.make(TIMED, timed("At <s0>.", meta))).get(0).answer())
          .isEqualTo("At <s0>.");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{\"t\": {\"<s0>\": 1}};lacks the field \"m.d\"",
        "{\"d\": 0, \"t\": {\"<s0>\": 1}};has moments in a clip of 0 s",
        "{\"d\": \"x\", \"t\": {\"<s0>\": 1}};has the time \"x\" (expected: seconds or H:MM:SS.mmm)",
        "{\"d\": 1, \"t\": {\"<s0>\": -1}};has the time \"-1\" (expected: 0 or more)",
        "{\"d\": 1, \"t\": {\"<s0>\": null}};lacks the field \"m.t.<s0>\"",
      })
  void moments_that_are_none_are_told(String meta, String problem) {
    assertThat(RecipeText.make(TIMED, timed("<s0>", ", \"m\": " + meta)).problem())
        .isEqualTo(problem);
  }
}
