package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.List;

/**
 * What a judge judges.
 *
 * @param questions what was asked: one question, two for {@link JudgePrompt#CONSISTENCY}, none
 *     where descriptions are taken apart
 * @param references right answers: one, or several for the {@code OF_SEVERAL} prompts
 * @param predictions what the model answered, one for each question; an answer may be empty
 */
public record JudgeCase(List<String> questions, List<String> references, List<String> predictions)
    implements Serializable {

  public JudgeCase {
    questions = List.copyOf(questions);
    references = List.copyOf(references);
    predictions = List.copyOf(predictions);
    if (predictions.isEmpty()) {
      throw new IllegalArgumentException("A case has at least one prediction");
    }
  }

  /** One answer to one question with one right answer. */
  public static JudgeCase of(String question, String reference, String prediction) {
    return new JudgeCase(List.of(question), List.of(reference), List.of(prediction));
  }

  /** One answer to one question with several right answers. */
  public static JudgeCase of(String question, List<String> references, String prediction) {
    return new JudgeCase(List.of(question), references, List.of(prediction));
  }
}
