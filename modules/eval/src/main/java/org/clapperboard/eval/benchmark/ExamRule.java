package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * How an exam is held.
 *
 * @param frames frames of a clip that the model is shown; 0 for as many as it was trained with
 * @param decoding how answers are made
 * @param answerPrefix what an answer begins with before the model goes on, or empty
 * @param answers what answers look like
 * @param metric what is counted
 * @param groups facts by whose values the metric is also told
 * @param yesNo whether questions that are answered by yes or no have a figure of their own
 * @param subtitles where subtitles come from, or null
 * @param judge what a judge is asked, by name; empty if answers are compared
 * @param pairs fact that two questions share that are judged together, or empty
 * @param submission the file that a server scores, or null
 * @param published figures that others have published, by model and by figure
 */
public record ExamRule(
    int frames,
    Decoding decoding,
    String answerPrefix,
    AnswerRule answers,
    Metric metric,
    List<String> groups,
    boolean yesNo,
    SubtitleRule subtitles,
    List<String> judge,
    String pairs,
    Submission.Format submission,
    Map<String, Map<String, Double>> published)
    implements Serializable {

  /** What is counted. */
  public enum Metric {
    /** The share of right answers. */
    ACCURACY,
    /** The mean over groups of the share of right answers; groups are those of the first fact. */
    MEAN_OF_GROUPS,
    /** The share of answers that the judge calls right, of those it has judged; its mean score. */
    JUDGED,
    /** The same, of all answers: what could not be judged counts as wrong. */
    JUDGED_OF_ALL,
    /** The mean score of each thing the judge is asked. */
    SCORES,
    /** Events: recall, precision and their harmonic mean. */
    EVENTS;

    /** Whether a judge is asked. */
    public boolean judged() {
      return this != ACCURACY && this != MEAN_OF_GROUPS;
    }
  }

  /**
   * How answers are made.
   *
   * @param temperature 0 takes the likeliest token
   * @param topP share of the likeliest tokens that one is drawn from
   * @param maxNewTokens tokens of the longest answer
   */
  public record Decoding(double temperature, double topP, int maxNewTokens)
      implements Serializable {
    /** As the reference's exams: greedy. */
    public static final Decoding GREEDY = new Decoding(0, 1, 2048);

    public Decoding {
      try (Rules rules = new Rules()) {
        rules.between("temperature", temperature, 0, 2);
        rules.positive("topP", topP);
        rules.atMost("topP", topP, 1);
        rules.atLeast("maxNewTokens", maxNewTokens, 1);
      }
    }

    static Decoding read(Section section) {
      return section.build(
          () ->
              new Decoding(
                  section.number("temperature", GREEDY.temperature),
                  section.number("top-p", GREEDY.topP),
                  section.integer("max-new-tokens", GREEDY.maxNewTokens)));
    }
  }

  /**
   * Where subtitles come from.
   *
   * @param file fact that names the file, in the SRT format, below the recipe's root
   * @param before text that goes before the prompt, in which {@code {subtitles}} stands for them
   */
  public record SubtitleRule(String file, String before) implements Serializable {
    private static final String PLACE = "{subtitles}";

    public SubtitleRule {
      try (Rules rules = new Rules()) {
        rules.notBlank("file", file);
        if (before == null || !before.contains(PLACE)) {
          rules.broken("before", before, "a text with " + PLACE + " in it");
        }
      }
    }

    static SubtitleRule read(Section section) {
      return section.build(
          () -> new SubtitleRule(section.string("file"), section.string("before")));
    }

    /** The prompt with subtitles before it. */
    public String prompt(String prompt, String subtitles) {
      return before.replace(PLACE, subtitles) + prompt;
    }
  }

  public ExamRule {
    groups = List.copyOf(groups);
    judge = List.copyOf(judge);
    Map<String, Map<String, Double>> copy = new LinkedHashMap<>();
    published.forEach(
        (model, figures) ->
            copy.put(model, Collections.unmodifiableMap(new LinkedHashMap<>(figures))));
    published = Collections.unmodifiableMap(copy);
    try (Rules rules = new Rules()) {
      rules.atLeast("frames", frames, 0);
      rules.present("decoding", decoding);
      rules.present("answers", answers);
      rules.present("metric", metric);
      if (metric != null && metric.judged() == judge.isEmpty()) {
        rules.broken(
            "judge",
            judge,
            metric.judged() ? "what the judge is asked" : "nothing for this metric");
      }
      if (metric == Metric.MEAN_OF_GROUPS && groups.isEmpty()) {
        rules.broken("groups", groups, "the fact whose values make the groups");
      }
    }
  }

  /** Reads the section {@code exam}. */
  static ExamRule read(Section exam) {
    return exam.build(
        () ->
            new ExamRule(
                exam.integer("frames", 0),
                exam.optionalSection("decoding").map(Decoding::read).orElse(Decoding.GREEDY),
                exam.string("answer-prefix", ""),
                AnswerRule.read(exam.section("answers")),
                exam.oneOf("metric", Metric.class),
                exam.strings("groups", List.of()),
                exam.flag("yes-no", false),
                exam.optionalSection("subtitles").map(SubtitleRule::read).orElse(null),
                exam.strings("judge", List.of()),
                exam.string("pairs", ""),
                exam.optionalOneOf("submission", Submission.Format.class).orElse(null),
                published(exam)));
  }

  private static Map<String, Map<String, Double>> published(Section exam) {
    Map<String, Map<String, Double>> published = new LinkedHashMap<>();
    exam.asMap("published")
        .forEach(
            (model, figures) -> {
              Map<String, Double> values = new LinkedHashMap<>();
              if (figures instanceof Map<?, ?> map
                  && map.values().stream().allMatch(Number.class::isInstance)) {
                map.forEach(
                    (figure, value) ->
                        values.put(figure.toString(), ((Number) value).doubleValue()));
              } else {
                exam.problem("published", "figures by model: {model: {figure: number}}", "");
              }
              published.put(model, values);
            });
    return published;
  }

  /** Facts that questions must have. */
  List<String> factsNeeded() {
    List<String> needed = new ArrayList<>(groups);
    Stream.of(
            pairs,
            subtitles == null ? "" : subtitles.file(),
            answers.kind() == AnswerRule.Kind.OPEN || answers.kind() == AnswerRule.Kind.WORD
                ? ""
                : "options")
        .filter(fact -> !fact.isEmpty())
        .forEach(needed::add);
    if (submission != null) {
      needed.addAll(submission.facts());
    }
    return needed;
  }
}
