package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.Modality;
import org.clapperboard.data.recipe.SampleSpec;
import org.clapperboard.eval.benchmark.ExamRule.Decoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Benchmarks as a user writes them. */
class BenchmarkTest {
  private static final String RECIPE =
      """
      name: mine
      modality: text
      source: {format: json, files: [q.json]}
      id: "{id}"
      questions: ["{q}"]
      answer: "{a}"
      facts: {options: "{c|json}", task: "{t}"}
      exam: {%s}
      """;

  private static Benchmark read(String exam) {
    return ConfigFile.ofText(Path.of("mine.yaml"), RECIPE.formatted(exam), List.of())
        .read(file -> Benchmark.read(file, "/data", 1));
  }

  private static SampleSpec sample(Map<String, String> facts) {
    return new SampleSpec(
        "7",
        "mine",
        Modality.TEXT,
        "",
        "q.json",
        1,
        List.of(),
        0,
        0,
        Double.POSITIVE_INFINITY,
        List.of(new Exchange("Why?", "B")),
        facts);
  }

  @Test
  void an_exam_is_greedy_and_without_extras_unless_it_says_so() {
    ExamRule exam = read("answers: {kind: word}, metric: accuracy").exam();
    assertThat(exam.decoding()).isEqualTo(new Decoding(0, 1, 2048));
    assertThat(exam.frames()).isZero();
    assertThat(exam.groups()).isEmpty();
    assertThat(exam.submission()).isNull();
    assertThat(exam.subtitles()).isNull();
    assertThat(exam.published()).isEmpty();
  }

  @Test
  void an_exam_says_how_answers_are_made_and_what_others_published() {
    ExamRule exam =
        read("frames: 16, decoding: {temperature: 0.2, top-p: 0.9, max-new-tokens: 64},"
                + " answers: {kind: option, reference: mvbench}, metric: accuracy, groups: [task],"
                + " published: {\"model2.1\": {accuracy: 50, \"task=a b\": 1.5}}")
            .exam();
    assertThat(exam.frames()).isEqualTo(16);
    assertThat(exam.decoding()).isEqualTo(new Decoding(0.2, 0.9, 64));
    assertThat(exam.answers())
        .isEqualTo(new AnswerRule(AnswerRule.Kind.OPTION, ReferenceRule.MVBENCH));
    assertThat(exam.published())
        .isEqualTo(Map.of("model2.1", Map.of("accuracy", 50.0, "task=a b", 1.5)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "metric: accuracy;mine.yaml:8  exam.answers is missing (expected: a section).",
        "answers: {kind: word};mine.yaml:8  exam.metric is missing (expected: accuracy,",
        "answers: {kind: word, reference: mvbench}, metric: accuracy;mine.yaml:8"
            + "  exam.answers.reference is \"mvbench\" (expected: a rule for answers of the kind"
            + " word)",
        "answers: {kind: open}, metric: judged;mine.yaml:8  exam.judge is [] (expected: what the"
            + " judge is asked)",
        "answers: {kind: word}, metric: accuracy, judge: [qa];mine.yaml:8  exam.judge is [\"qa\"]"
            + " (expected: nothing for this metric)",
        "answers: {kind: option}, metric: mean-of-groups;mine.yaml:8  exam.groups is [] (expected:"
            + " the fact whose values make the groups)",
        "answers: {kind: option}, metric: accuracy, groups: [tasks];mine.yaml:7  facts is",
        "answers: {kind: option}, metric: accuracy, submission: perception-test;(expected: video,"
            + " question-id among them, for the exam)",
        "answers: {kind: word}, metric: accuracy, published: {m: 3};mine.yaml:8  exam.published is",
        "answers: {kind: word}, metric: accuracy, subtitles: {file: task, before: x};mine.yaml:8"
            + "  exam.subtitles.before is \"x\" (expected: a text with {subtitles} in it)",
        "answers: {kind: word}, metric: accuracy, decoding: {temperature: 3};mine.yaml:8"
            + "  exam.decoding.temperature is 3 (expected: between 0 and 2)",
        "answers: {kind: word}, metric: accuracy, group: [task];exam.group is not a known key. Did"
            + " you mean \"groups\"?",
      })
  void mistakes_are_told_with_their_line(String exam, String message) {
    assertThatThrownBy(() -> read(exam))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(message);
  }

  @Test
  void a_question_has_what_the_facts_list() {
    Benchmark benchmark = read("answers: {kind: option}, metric: accuracy");
    Question one = benchmark.question(sample(Map.of("options", "[\"x\", \"y\"]", "task", "t")));
    assertThat(one.set()).isEqualTo("mine");
    assertThat(one.prompt()).isEqualTo("Why?");
    assertThat(one.options()).containsExactly("x", "y");
    assertThat(one.references()).containsExactly("B");
    assertThat(one.fact("task")).isEqualTo("t");
    assertThat(one.fact("other")).isEmpty();
    Question held = benchmark.question(sample(Map.of("references", "[]")));
    assertThat(held.options()).isEmpty();
    assertThat(held.references()).isEmpty();
  }

  @Test
  void a_fact_that_should_be_a_list_and_is_none_is_told() {
    Benchmark benchmark = read("answers: {kind: option}, metric: accuracy");
    SampleSpec broken = sample(Map.of("options", "x, y"));
    assertThatThrownBy(() -> benchmark.question(broken))
        .isInstanceOf(BadData.class)
        .hasMessage(
            "Cannot ask 7 of mine: its options are \"x, y\" (expected: a list of texts as JSON).");
  }
}
