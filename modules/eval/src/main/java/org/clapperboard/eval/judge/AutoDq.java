package org.clapperboard.eval.judge;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * AutoDQ (Tarsier; arXiv:2407.00634), by which descriptions of DREAM-1K's videos are scored: a
 * judge takes both descriptions apart into events, then says which events of one follow from the
 * other.
 *
 * @param cases how many videos
 * @param recalled videos of which the recall is known
 * @param recall the mean share of a reference's events that follow from the prediction
 * @param precise videos of which the precision is known
 * @param precision the mean share of a prediction's events that follow from the reference; a
 *     prediction without events has 0
 */
public record AutoDq(long cases, long recalled, double recall, long precise, double precision)
    implements Serializable {

  /**
   * A video.
   *
   * @param reference its description
   * @param events the events of that, if they are known; else they are asked for
   * @param prediction what the model described
   */
  public record Described(String reference, List<String> events, String prediction)
      implements Serializable {

    public Described {
      events = List.copyOf(events);
    }
  }

  /** The harmonic mean of mean recall and mean precision. */
  public double f1() {
    double sum = recall + precision;
    return sum == 0 ? 0 : 2 * recall * precision / sum;
  }

  /** Judges descriptions. */
  public static AutoDq of(Judge judge, List<Described> videos) {
    List<List<String>> expected = new ArrayList<>();
    List<JudgeCase> unknown = new ArrayList<>();
    videos.stream()
        .filter(video -> video.events().isEmpty())
        .forEach(video -> unknown.add(description(video.reference())));
    List<List<String>> found = events(judge, unknown);
    int next = 0;
    for (Described video : videos) {
      expected.add(video.events().isEmpty() ? found.get(next++) : video.events());
    }
    List<List<String>> predicted =
        events(judge, videos.stream().map(video -> description(video.prediction())).toList());
    List<OptionalDouble> recalls =
        shares(judge, expected, videos.stream().map(Described::prediction).toList());
    List<OptionalDouble> precisions =
        shares(judge, predicted, videos.stream().map(Described::reference).toList());
    return new AutoDq(
        videos.size(), known(recalls), mean(recalls), known(precisions), mean(precisions));
  }

  private static JudgeCase description(String text) {
    return new JudgeCase(List.of(), List.of(), List.of(text));
  }

  /** The events of descriptions, null where there is no verdict. */
  private static List<List<String>> events(Judge judge, List<JudgeCase> descriptions) {
    List<List<String>> events = new ArrayList<>();
    judge
        .judge(JudgePrompt.EVENTS, descriptions)
        .forEach(verdict -> events.add(verdict.given() ? verdict.items() : null));
    return events;
  }

  /** The share of events that follow from a description, for each; of no events it is 0. */
  private static List<OptionalDouble> shares(
      Judge judge, List<List<String>> events, List<String> descriptions) {
    List<JudgeCase> cases = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i) != null && !events.get(i).isEmpty()) {
        cases.add(new JudgeCase(List.of(), List.of(descriptions.get(i)), events.get(i)));
      }
    }
    List<Verdict> verdicts = judge.judge(JudgePrompt.ENTAILMENT, cases);
    List<OptionalDouble> shares = new ArrayList<>();
    int next = 0;
    for (List<String> some : events) {
      if (some == null) {
        shares.add(OptionalDouble.empty());
      } else if (some.isEmpty()) {
        shares.add(OptionalDouble.of(0));
      } else {
        Verdict verdict = verdicts.get(next++);
        shares.add(verdict.given() ? OptionalDouble.of(verdict.score()) : OptionalDouble.empty());
      }
    }
    return shares;
  }

  private static long known(List<OptionalDouble> shares) {
    return shares.stream().filter(OptionalDouble::isPresent).count();
  }

  private static double mean(List<OptionalDouble> shares) {
    return shares.stream().flatMapToDouble(OptionalDouble::stream).average().orElse(0);
  }
}
