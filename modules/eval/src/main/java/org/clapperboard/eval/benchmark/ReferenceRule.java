package org.clapperboard.eval.benchmark;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.eval.benchmark.AnswerRule.Kind;
import org.clapperboard.eval.benchmark.Extracted.How;

/**
 * How the reference reads the answers of a benchmark (its evaluation scripts, by their names). What
 * it gets wrong is kept: the first capital letter in reach counts even inside a word, texts count
 * inside of other words, and where it can tell nothing it takes the third option.
 */
public enum ReferenceRule {
  /** The first letter from A to E. */
  EGOSCHEMA(Kind.OPTION) {
    @Override
    Extracted read(Question question, String answer) {
      return firstLetter(question, unanswered(answer), DEFAULT);
    }
  },
  /** The first letter in brackets; else the answer is an option's text. */
  PERCEPTION_TEST(Kind.OPTION) {
    @Override
    Extracted read(Question question, String answer) {
      Matcher bracketed = Pattern.compile("\\(([A-C])\\)").matcher(answer);
      if (bracketed.find()) {
        return new Extracted(bracketed.group(1), How.LETTER);
      }
      int same = question.options().indexOf(answer);
      return same < 0 ? DEFAULT : new Extracted(Question.letter(same), How.TEXT);
    }
  },
  /** The first letter of an option; else the first option whose text is somewhere in the answer. */
  MVBENCH(Kind.OPTION) {
    @Override
    Extracted read(Question question, String answer) {
      return firstLetter(question, answer, contained(question, answer, 0));
    }
  },
  /**
   * The same; texts of options lose their last character, and digits are looked for as words too.
   */
  VIDEOMME(Kind.OPTION) {
    @Override
    Extracted read(Question question, String answer) {
      String text = unanswered(answer);
      return firstLetter(question, text, contained(question, text, 1));
    }
  },
  /** The right label somewhere in the answer, or a letter alone whose label holds the right one. */
  LABEL(Kind.LABEL) {
    @Override
    Extracted read(Question question, String answer) {
      for (String right : question.references()) {
        if (answer.contains(right)) {
          return new Extracted(right, How.TEXT);
        }
      }
      Matcher letter = Pattern.compile("([A-Z])|\\(([A-Z])\\)").matcher(answer.strip());
      int option =
          letter.matches()
              ? question.option(letter.group(1) == null ? letter.group(2) : letter.group(1))
              : -1;
      if (option < 0) {
        return Extracted.UNREADABLE;
      }
      String label = question.options().get(option);
      return new Extracted(
          question.references().stream().filter(label::contains).findFirst().orElse(label),
          How.LETTER);
    }
  },
  /** All of it in capitals, without blanks and full stops at the end. */
  CLOTHO_AQA(Kind.WORD) {
    @Override
    Extracted read(Question question, String answer) {
      return capitals(answer, "[ .]+$");
    }
  },
  /** All of it in capitals, without blanks and full stops around it. */
  MUSIC_AVQA(Kind.WORD) {
    @Override
    Extracted read(Question question, String answer) {
      return capitals(answer, "^[ .]+|[ .]+$");
    }
  };

  private static final Extracted DEFAULT = new Extracted("C", How.DEFAULT);
  private static final Map<String, String> DIGITS =
      Map.of(
          "0", "zero", "1", "one", "2", "two", "3", "three", "4", "four", "5", "five", "6", "six",
          "7", "seven", "8", "eight", "9", "nine");

  private final Kind kind;

  ReferenceRule(Kind kind) {
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }

  /** What an answer says by this rule. */
  abstract Extracted read(Question question, String answer);

  private static String unanswered(String answer) {
    return answer.replace("answer", "").replace("Answer", "");
  }

  private static Extracted firstLetter(Question question, String answer, Extracted otherwise) {
    return answer
        .chars()
        .mapToObj(Character::toString)
        .filter(letter -> question.option(letter) >= 0)
        .findFirst()
        .map(letter -> new Extracted(letter, How.LETTER))
        .orElse(otherwise);
  }

  private static Extracted contained(Question question, String answer, int dropped) {
    String text = answer.toLowerCase(Locale.ROOT);
    for (int i = 0; i < question.options().size(); i++) {
      String option = question.options().get(i).toLowerCase(Locale.ROOT);
      String looked = option.substring(0, Math.max(0, option.length() - dropped));
      boolean asWord =
          dropped > 0 && DIGITS.containsKey(looked) && text.contains(DIGITS.get(looked));
      if (asWord || text.contains(looked)) {
        return new Extracted(Question.letter(i), How.TEXT);
      }
    }
    return DEFAULT;
  }

  private static Extracted capitals(String answer, String marks) {
    String text = answer.toUpperCase(Locale.ROOT);
    String trimmed = text.replaceAll(marks, "");
    return trimmed.isEmpty()
        ? Extracted.UNREADABLE
        : new Extracted(trimmed, trimmed.equals(text) ? How.WORDS : How.TRIMMED);
  }
}
