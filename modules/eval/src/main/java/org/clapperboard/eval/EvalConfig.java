package org.clapperboard.eval;

import java.io.Serializable;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.Sampling;

/**
 * Held-out questions and how they are asked.
 *
 * @param prepared folder of prepared datasets
 * @param sets the sets of questions
 * @param batch questions that go through the model at once
 * @param maxNewTokens longest answer
 */
public record EvalConfig(String prepared, List<QuestionSet> sets, int batch, int maxNewTokens)
    implements Serializable {

  /**
   * A set of questions.
   *
   * @param name its name in reports
   * @param dataset the prepared dataset
   * @param withhold what the model is not shown, to see whether it is needed
   * @param chance share that guessing gets right, by question; {@code other} for all others.
   *     Questions that end with one of these count under it
   * @param columns questions with a column of their own in tables, by its name; without any the set
   *     is one column
   */
  public record QuestionSet(
      String name,
      String dataset,
      Withhold withhold,
      Map<String, Double> chance,
      Map<String, String> columns)
      implements Serializable {

    public QuestionSet {
      chance = new LinkedHashMap<>(chance);
      columns = new LinkedHashMap<>(columns);
      try (Rules rules = new Rules()) {
        rules.notBlank("name", name);
        rules.notBlank("dataset", dataset);
      }
    }

    static QuestionSet read(Section section) {
      return section.build(
          () ->
              new QuestionSet(
                  section.string("name"),
                  section.string("dataset"),
                  section.oneOf("withhold", Withhold.class, Withhold.NOTHING),
                  chance(section),
                  columns(section)));
    }

    private static Map<String, String> columns(Section section) {
      Map<String, String> columns = new LinkedHashMap<>();
      if (section.has("columns")) {
        section.asMap("columns").forEach((name, question) -> columns.put(name, (String) question));
      }
      return columns;
    }

    private static Map<String, Double> chance(Section section) {
      Map<String, Double> chance = new LinkedHashMap<>();
      section
          .asMap("chance")
          .forEach((question, share) -> chance.put(question, ((Number) share).doubleValue()));
      return chance;
    }

    /**
     * What a question is counted under: the longest configured question that it ends with, else
     * itself. So texts that differ in what they are about share a line.
     */
    public String kind(String question) {
      return Stream.concat(chance.keySet().stream(), columns.values().stream())
          .filter(question::endsWith)
          .max(Comparator.comparingInt(String::length))
          .orElse(question);
    }

    /** Share that guessing gets right. */
    public double chance(String question) {
      return chance.getOrDefault(question, chance.getOrDefault("other", 0.0));
    }
  }

  /** What the model is not shown. */
  public enum Withhold {
    /** Everything is shown. */
    NOTHING,
    /** Clips are left out, their sound is shown. */
    SIGHT,
    /** Sound is left out. */
    SOUND
  }

  public EvalConfig {
    sets = List.copyOf(sets);
    try (Rules rules = new Rules()) {
      rules.atLeast("batch", batch, 1);
      rules.atLeast("maxNewTokens", maxNewTokens, 1);
    }
  }

  /** The same with some of the sets only. */
  public EvalConfig with(List<String> names) {
    return new EvalConfig(
        prepared,
        sets.stream().filter(set -> names.contains(set.name())).toList(),
        batch,
        maxNewTokens);
  }

  /** A set as a model is asked it, with clips of so many frames. */
  public ExamSet asked(QuestionSet set, int frames) {
    return new ExamSet(
        set.name(),
        prepared + "/" + set.dataset(),
        set.withhold(),
        new ExamSet.Asking(frames, Sampling.GREEDY, maxNewTokens, batch, ""),
        null,
        null);
  }

  /** Reads a file with an {@code evaluate} section; datasets are those of its run. */
  public static EvalConfig read(Section root) {
    String run = root.location("run");
    Section section = root.section("evaluate");
    return section.build(
        () ->
            new EvalConfig(
                section.location("prepared", run + "/prepared"),
                sets(section),
                section.integer("batch", 16),
                section.integer("max-new-tokens", 32)));
  }

  private static List<QuestionSet> sets(Section section) {
    List<QuestionSet> sets = section.sections("sets").stream().map(QuestionSet::read).toList();
    try (Rules rules = new Rules()) {
      rules.notEmpty("sets", sets);
    }
    return sets;
  }
}
