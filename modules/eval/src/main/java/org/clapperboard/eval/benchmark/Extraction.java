package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import org.clapperboard.eval.benchmark.Extracted.How;

/**
 * Finds out what an answer says.
 *
 * @param answers what the answers look like
 * @param rule whose rule reads them
 */
public record Extraction(AnswerRule answers, Rule rule) implements Serializable {

  /** Whose rule reads an answer. */
  public enum Rule {
    /**
     * Ours. Whole words and whole texts of options; letters only where they stand for an option; an
     * answer that names none or several is unreadable, and wrong.
     */
    CAREFUL,
    /**
     * The reference's, weak spots and all, for figures to be compared with its own. Where it has
     * none, ours.
     */
    REFERENCE
  }

  /** What this answer to this question says. */
  public Extracted extract(Question question, String answer) {
    if (answers.kind() == AnswerRule.Kind.OPEN) {
      return answer.isBlank() ? Extracted.UNREADABLE : new Extracted(answer.strip(), How.OPEN);
    }
    if (rule == Rule.REFERENCE && answers.reference() != null) {
      return answers.reference().read(question, answer);
    }
    return switch (answers.kind()) {
      case OPTION -> new OptionReading(question.options()).read(answer);
      case LABEL -> label(question, new OptionReading(question.options()).read(answer));
      case WORD -> WordReading.read(answer);
      case OPEN -> throw new IllegalStateException("open answers were taken as they are");
    };
  }

  private static Extracted label(Question question, Extracted option) {
    return option.readable()
        ? new Extracted(question.options().get(question.option(option.value())), option.how())
        : option;
  }
}
