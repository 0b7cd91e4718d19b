package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadData;
import org.clapperboard.eval.benchmark.Extracted.How;
import org.junit.jupiter.api.Test;

/** Files for servers; shipped benchmarks' are among those of {@link BenchmarksTest}. */
class SubmissionTest {

  private static Marked marked(String video, String number, String letter) {
    Question question =
        new Question(
            "perception-test",
            video + "-" + number,
            "?",
            List.of("a \"cup\"", "caf\u00e9", "x/y"),
            List.of(),
            Map.of("video", video, "question-id", number));
    Extracted extracted = letter == null ? Extracted.UNREADABLE : new Extracted(letter, How.LETTER);
    return new Marked(question, extracted, Mark.UNKNOWN);
  }

  private static List<Question> questions(List<Marked> marked) {
    return marked.stream().map(Marked::question).toList();
  }

  @Test
  void questions_about_one_video_stand_together_whatever_its_name() throws Exception {
    List<Marked> marked =
        List.of(marked("a/b~1", "4", "B"), marked("c", "0", null), marked("a/b~1", "2", "A"));
    Submission file = Submission.Format.PERCEPTION_TEST.of(questions(marked), marked);
    JsonNode read = new ObjectMapper().readTree(file.text());
    assertThat(read.toString())
        .isEqualTo(
            "{\"a/b~1\":[{\"id\":4,\"answer_id\":1,\"answer\":\"caf\u00e9\"},"
                + "{\"id\":2,\"answer_id\":0,\"answer\":\"a \\\"cup\\\"\"}],"
                + "\"c\":[{\"id\":0,\"answer_id\":0,\"answer\":\"a \\\"cup\\\"\"}]}");
    assertThat(file.unread()).isEqualTo(1);
    assertThat(file.missing()).isZero();
  }

  @Test
  void every_question_is_answered_even_if_nobody_could_be_asked() {
    List<Marked> marked = List.of(marked("v", "2", "C"), marked("v", "3", null));
    List<Question> questions =
        List.of(
            marked("v", "1", null).question(), marked.get(1).question(), marked.get(0).question());
    Submission file = Submission.Format.EGOSCHEMA.of(questions, marked);
    assertThat(file)
        .isEqualTo(new Submission("submission.csv", "q_uid,answer\nv-1,0\nv-3,0\nv-2,2\n", 1, 1));
  }

  @Test
  void a_question_without_a_number_cannot_be_submitted() {
    List<Marked> marked = List.of(marked("v", "first", "A"));
    assertThatThrownBy(() -> Submission.Format.PERCEPTION_TEST.of(questions(marked), marked))
        .isInstanceOf(BadData.class)
        .hasMessage("Cannot submit v-first: its number is \"first\" (expected: a whole number).");
  }
}
