package org.clapperboard.eval;

import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.Rules;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.eval.EvalConfig.Withhold;
import org.clapperboard.eval.benchmark.ExamRule.SubtitleRule;
import org.clapperboard.eval.benchmark.Question;
import org.clapperboard.eval.benchmark.Subtitles;
import org.clapperboard.model.Sampling;

/**
 * A set of questions about a prepared dataset, and how they are asked.
 *
 * @param name its name in tables
 * @param dataset location of the prepared dataset
 * @param withhold what the model is not shown
 * @param asking how
 * @param questions the questions about each sample, by the sample's name; null for what the dataset
 *     holds itself. Samples that are not named are not asked about
 * @param subtitles where subtitles of the samples are, or null
 */
public record ExamSet(
    String name,
    String dataset,
    Withhold withhold,
    Asking asking,
    Map<String, List<Question>> questions,
    SubtitleFiles subtitles)
    implements Serializable {

  /**
   * Subtitles that go before questions.
   *
   * @param rule how
   * @param root folder of the publisher's files
   */
  public record SubtitleFiles(SubtitleRule rule, String root) implements Serializable {

    /**
     * A question with what is read while the frames are shown. A video that has no file is one in
     * which nothing is said.
     */
    String prompt(Question question, StoredSample sample, List<Integer> frames, Folder folder)
        throws IOException {
      byte[] file = folder.read(question.fact(rule.file()));
      double fps = sample.source() == null ? 0 : sample.source().fps();
      String text = file == null ? "" : new String(file, StandardCharsets.UTF_8);
      List<Double> moments = frames.stream().map(frame -> fps == 0 ? 0 : frame / fps).toList();
      return rule.prompt(question.prompt(), Subtitles.parse(text).at(moments));
    }
  }

  /**
   * How questions are asked.
   *
   * @param frames frames that clips are shown with
   * @param sampling how tokens are chosen
   * @param maxNewTokens longest answer
   * @param batch questions that go through the model at once
   * @param begun what every answer begins with, before the model goes on
   */
  public record Asking(int frames, Sampling sampling, int maxNewTokens, int batch, String begun)
      implements Serializable {
    public Asking {
      try (Rules rules = new Rules()) {
        rules.atLeast("frames", frames, 1);
        rules.atLeast("maxNewTokens", maxNewTokens, 1);
        rules.atLeast("batch", batch, 1);
      }
    }
  }

  /** So many samples have about so many questions as these. */
  int samplesFor(int wanted) {
    if (questions == null || questions.isEmpty()) {
      return wanted;
    }
    long all = questions.values().stream().mapToLong(List::size).sum();
    return Math.toIntExact(Math.max(1, (long) wanted * questions.size() / Math.max(1, all)));
  }

  /** What is asked about a sample. */
  List<Question> about(StoredSample sample) {
    if (questions != null) {
      return questions.getOrDefault(sample.id(), List.of());
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
