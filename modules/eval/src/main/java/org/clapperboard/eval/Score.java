package org.clapperboard.eval;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.benchmark.Figure;

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

  /**
   * Keeps verdicts and result beside the answers.
   *
   * @param folder the set's
   * @param prepared folder of prepared datasets
   */
  public SetResult keep(Folder folder, String prepared, List<Answered> answers) {
    Verdicts.write(folder, answers.stream().map(this::row).toList());
    List<Figure> shares =
        questions.stream()
            .map(one -> Figure.share("question=" + one.question(), one.right(), one.asked()))
            .toList();
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.meanOfShares("accuracy", shares));
    figures.addAll(shares);
    SetResult result =
        new SetResult(
            set.name(),
            prepared + "/" + set.dataset(),
            "",
            "",
            answers.size(),
            0,
            Map.of(),
            figures,
            List.of(),
            Map.of(),
            Map.of(),
            "",
            100 * chance());
    result.write(folder);
    return result;
  }

  private Verdicts.Row row(Answered one) {
    Answer answer = one.answer();
    return new Verdicts.Row(
        answer.set(),
        answer.questionId(),
        answer.sampleId(),
        set.kind(answer.question()),
        answer.given(),
        "letter for letter",
        answer.right(),
        "",
        "",
        null,
        "");
  }
}
