package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clapperboard.eval.benchmark.AnswerRule.Kind;
import org.clapperboard.eval.benchmark.Extracted.How;
import org.clapperboard.eval.benchmark.Extraction.Rule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tables of answers and of what they say, one for each rule of the reference. Our column was
 * written by hand; the reference's was computed by a program of its own out of the description of
 * its scripts.
 */
class ExtractionTest {
  /** Ways to say an option, by its letter and its text. */
  private static final List<String> FORMS =
      List.of(
          "(%s)",
          "%s",
          "%s.",
          "%s)",
          "(%s",
          "(%s) %s",
          "%s. %s",
          "%s: %s",
          "%2$s",
          "It is %2$s.",
          "Answer: %s",
          "The answer is (%s).",
          "The best answer is: %s",
          "I take option %s.",
          "So it must be %s.");

  private static final Path TABLES = Path.of("src/test/resources/extraction");

  /** A row: the rule, the options, an answer, and what stands behind it. */
  private record Row(
      ReferenceRule reference, List<String> options, String answer, List<String> cells) {

    Question question(List<String> references) {
      return new Question("t", "q", "?", options, references, Map.of());
    }

    Extracted extracted(Rule rule, List<String> references) {
      return new Extraction(new AnswerRule(reference.kind(), reference), rule)
          .extract(question(references), answer);
    }

    Mark mark(Rule rule, List<String> references) {
      return new Marking(new Extraction(new AnswerRule(reference.kind(), reference), rule))
          .mark(question(references), answer)
          .mark();
    }

    @Override
    public String toString() {
      return reference + " \"" + answer + "\" " + cells;
    }
  }

  private static Stream<Row> rows(ReferenceRule reference, String table) {
    List<Row> rows = new ArrayList<>();
    List<String> options = List.of();
    for (String line : lines(TABLES.resolve(table + ".tsv"))) {
      List<String> cells = Arrays.asList(line.split("\t", -1));
      if (cells.get(0).equals("options")) {
        options = cells.subList(1, cells.size());
      } else if (!line.startsWith("# ")) {
        String answer = cells.get(0).replace("\u23CE", "\n");
        rows.add(new Row(reference, options, answer, cells.subList(1, cells.size())));
      }
    }
    assertThat(rows).hasSizeGreaterThanOrEqualTo(30);
    return rows.stream();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Row> options() {
    return Stream.of(
            ReferenceRule.EGOSCHEMA,
            ReferenceRule.PERCEPTION_TEST,
            ReferenceRule.MVBENCH,
            ReferenceRule.VIDEOMME)
        .flatMap(rule -> rows(rule, rule.name().toLowerCase(Locale.ROOT).replace('_', '-')));
  }

  static Stream<Row> labels() {
    return Stream.of("tut2017", "vocalsound").flatMap(table -> rows(ReferenceRule.LABEL, table));
  }

  static Stream<Row> words() {
    return Stream.concat(
        rows(ReferenceRule.CLOTHO_AQA, "clotho-aqa"), rows(ReferenceRule.MUSIC_AVQA, "music-avqa"));
  }

  private static String shown(Extracted extracted) {
    return switch (extracted.how()) {
      case UNREADABLE -> "-";
      case AMBIGUOUS -> "?";
      case DEFAULT -> extracted.value() + "*";
      case LETTER, TEXT, WORDS, TRIMMED, OPEN -> extracted.value();
    };
  }

  @ParameterizedTest
  @MethodSource("options")
  void options_are_read_out_of_answers(Row row) {
    assertThat(shown(row.extracted(Rule.CAREFUL, List.of("A")))).isEqualTo(row.cells.get(0));
    assertThat(shown(row.extracted(Rule.REFERENCE, List.of("A")))).isEqualTo(row.cells.get(1));
  }

  @ParameterizedTest
  @MethodSource("labels")
  void labels_are_read_out_of_answers(Row row) {
    List<String> right = List.of(row.cells.get(0));
    String said = row.cells.get(1);
    assertThat(shown(row.extracted(Rule.CAREFUL, right))).isEqualTo(said);
    assertThat(row.mark(Rule.CAREFUL, right))
        .isEqualTo(said.equals(right.get(0)) ? Mark.RIGHT : Mark.WRONG);
    assertThat(row.mark(Rule.REFERENCE, right))
        .isEqualTo(Mark.valueOf(row.cells.get(2).toUpperCase(Locale.ROOT)));
  }

  @ParameterizedTest
  @MethodSource("words")
  void words_are_read_out_of_answers(Row row) {
    List<String> right = List.of(row.cells.get(0));
    assertThat(shown(row.extracted(Rule.CAREFUL, right))).isEqualTo(row.cells.get(1));
    assertThat(row.mark(Rule.CAREFUL, right))
        .isEqualTo(Mark.valueOf(row.cells.get(2).toUpperCase(Locale.ROOT)));
    assertThat(row.mark(Rule.REFERENCE, right))
        .isEqualTo(Mark.valueOf(row.cells.get(3).toUpperCase(Locale.ROOT)));
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void open_answers_are_taken_as_they_are(Rule rule) {
    Extraction extraction = new Extraction(new AnswerRule(Kind.OPEN, null), rule);
    Question question = new Question("t", "q", "?", List.of(), List.of("a dog"), Map.of());
    assertThat(extraction.extract(question, " A dog.\nIt runs. "))
        .isEqualTo(new Extracted("A dog.\nIt runs.", How.OPEN));
    assertThat(extraction.extract(question, " \n").readable()).isFalse();
    assertThat(new Marking(extraction).mark(question, "a dog").mark()).isEqualTo(Mark.UNKNOWN);
  }

  @Test
  void every_letter_is_read_however_many_options_there_are() {
    for (int n = 1; n <= 26; n++) {
      List<String> options = IntStream.range(0, n).mapToObj(i -> "thing " + (100 + i)).toList();
      Question question = new Question("t", "q", "?", options, List.of(), Map.of());
      Extraction extraction = new Extraction(new AnswerRule(Kind.OPTION, null), Rule.CAREFUL);
      for (int i = 0; i < n; i++) {
        String letter = String.valueOf((char) ('A' + i));
        for (String form : FORMS) {
          String answer = form.formatted(letter, options.get(i));
          assertThat(extraction.extract(question, answer).value())
              .as("%s of %d options", answer, n)
              .isEqualTo(letter);
        }
        assertThat(extraction.extract(question, options.get(i) + "0").how())
            .isEqualTo(How.UNREADABLE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"(", ")", "A)", "answer ", "answer is (", " ", "A or ", "it is ", ". ", "'", "-"})
  void no_answer_is_too_odd_to_be_read_in_time(String part) {
    String answer = "A" + part.repeat(10_000);
    Question question =
        new Question("t", "q", "?", List.of("it is", "answer", "x y"), List.of("B"), Map.of());
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          for (Kind kind : Kind.values()) {
            new Extraction(new AnswerRule(kind, null), Rule.CAREFUL).extract(question, answer);
          }
          for (ReferenceRule rule : ReferenceRule.values()) {
            rule.read(question, answer);
          }
        });
  }

  @Test
  void where_the_reference_has_no_rule_ours_holds() {
    Extraction extraction = new Extraction(new AnswerRule(Kind.OPTION, null), Rule.REFERENCE);
    Question question = new Question("t", "q", "?", List.of("x", "y"), List.of("B"), Map.of());
    assertThat(extraction.extract(question, "A lot").how()).isEqualTo(How.UNREADABLE);
    assertThat(new Marking(extraction).mark(question, "y").mark()).isEqualTo(Mark.RIGHT);
  }

  @Test
  void whoever_takes_the_same_text_by_another_letter_is_right() {
    Question question =
        new Question("t", "q", "?", List.of("dog", "cat", "dog "), List.of("A"), Map.of());
    Marking marking = new Marking(new Extraction(new AnswerRule(Kind.OPTION, null), Rule.CAREFUL));
    assertThat(marking.mark(question, "(C)").mark()).isEqualTo(Mark.RIGHT);
    assertThat(marking.mark(question, "(B)").mark()).isEqualTo(Mark.WRONG);
  }
}
