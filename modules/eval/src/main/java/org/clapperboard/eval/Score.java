package org.clapperboard.eval;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a set of questions was answered.
 *
 * @param set the set
 * @param questions one entry for each distinct question, sorted
 */
public record Score(EvalConfig.QuestionSet set, List<QuestionScore> questions)
    implements Serializable {

  public Score {
    questions = List.copyOf(questions);
  }

  /**
   * How one question was answered.
   *
   * @param question the question
   * @param asked how often it was asked
   * @param right how often the answer was the expected one, to the letter
   */
  public record QuestionScore(String question, long asked, long right) implements Serializable {

    /** Share of right answers. */
    public double accuracy() {
      return asked == 0 ? 0 : (double) right / asked;
    }
  }

  /** The score of the answers to a set. */
  public static Score of(EvalConfig.QuestionSet set, List<Answered> answers) {
    Map<String, long[]> counts = new TreeMap<>();
    for (Answered one : answers) {
      Answer answer = one.answer();
      long[] count = counts.computeIfAbsent(set.kind(answer.question()), key -> new long[2]);
      count[0]++;
      count[1] += answer.right() ? 1 : 0;
    }
    return new Score(
        set,
        counts.entrySet().stream()
            .map(e -> new QuestionScore(e.getKey(), e.getValue()[0], e.getValue()[1]))
            .toList());
  }

  /** The mean over questions of their accuracy, so that frequent questions do not drown others. */
  public double accuracy() {
    return questions.stream().mapToDouble(QuestionScore::accuracy).average().orElse(0);
  }

  /** The mean over questions of what guessing gets. */
  public double chance() {
    return questions.stream()
        .mapToDouble(question -> set.chance(question.question()))
        .average()
        .orElse(0);
  }
}
