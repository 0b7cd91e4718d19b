package org.clapperboard.eval;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.Rules;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.model.Sampling;

/**
 * A set of questions about a prepared dataset, and how they are asked.
 *
 * @param name its name in tables
 * @param dataset location of the prepared dataset
 * @param withhold what the model is not shown
 * @param asking how
 * @param questions the question about each sample, by the sample's name; null for what the dataset
 *     holds itself. Samples that are not named are not asked about
 */
public record ExamSet(
    String name, String dataset, Withhold withhold, Asking asking, Map<String, Question> questions)
    implements Serializable {

  /**
   * How questions are asked.
   *
   * @param frames frames that clips are shown with
   * @param sampling how tokens are chosen
   * @param maxNewTokens longest answer
   * @param batch samples whose questions go through the model at once
   */
  public record Asking(int frames, Sampling sampling, int maxNewTokens, int batch)
      implements Serializable {
    public Asking {
      try (Rules rules = new Rules()) {
        rules.atLeast("frames", frames, 1);
        rules.atLeast("maxNewTokens", maxNewTokens, 1);
        rules.atLeast("batch", batch, 1);
      }
    }
  }

  /** What is asked about a sample. */
  List<Question> about(StoredSample sample) {
    if (questions != null) {
      Question question = questions.get(sample.id());
      return question == null ? List.of() : List.of(question);
    }
    List<Question> asked = new ArrayList<>();
    for (Exchange exchange : sample.exchanges()) {
      String id = sample.exchanges().size() == 1 ? sample.id() : sample.id() + "#" + asked.size();
      asked.add(
          new Question(
              name, id, exchange.question(), List.of(), List.of(exchange.answer()), Map.of()));
    }
    return asked;
  }
}
