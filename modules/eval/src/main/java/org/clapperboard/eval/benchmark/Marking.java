package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.clapperboard.eval.benchmark.Extraction.Rule;

/**
 * Marks answers by comparing them with the references.
 *
 * @param extraction how answers are read
 */
public record Marking(Extraction extraction) implements Serializable {

  /** Marks by this rule. */
  public static Marking of(ExamRule exam, Rule rule) {
    return new Marking(new Extraction(exam.answers(), rule));
  }

  /** What an answer says, and whether that is right. */
  public Marked mark(Question question, String answer) {
    Extracted extracted = extraction.extract(question, answer);
    return new Marked(question, extracted, mark(question, extracted));
  }

  private Mark mark(Question question, Extracted extracted) {
    if (question.references().isEmpty() || extraction.answers().kind() == AnswerRule.Kind.OPEN) {
      return Mark.UNKNOWN;
    }
    boolean right =
        extracted.readable()
            && question.references().stream()
                .anyMatch(reference -> same(question, extracted.value(), reference));
    return right ? Mark.RIGHT : Mark.WRONG;
  }

  private boolean same(Question question, String value, String reference) {
    return switch (extraction.answers().kind()) {
      case OPTION -> value.equals(reference) || sameText(question, value, reference);
      case LABEL -> Words.joined(value).equals(Words.joined(reference));
      case WORD ->
          (extraction.rule() == Rule.REFERENCE && extraction.answers().reference() != null)
              ? value.equals(reference.toUpperCase(Locale.ROOT))
              : value.equals(WordReading.read(reference).value());
      case OPEN -> false;
    };
  }

  /** Some lists hold the same text twice: whoever takes it is right. */
  private static boolean sameText(Question question, String value, String reference) {
    List<String> options = question.options();
    int taken = question.option(value);
    int right = question.option(reference);
    return taken >= 0
        && right >= 0
        && options.get(taken).strip().equals(options.get(right).strip());
  }
}
