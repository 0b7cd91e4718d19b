package org.clapperboard.eval;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * Held-out questions and how they are asked.
 *
 * @param prepared folder of prepared datasets
 * @param sets the sets of questions
 * @param batch samples whose questions go through the model at once
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
   * @param chance share that guessing gets right, by question; the empty text for all others
   */
  public record QuestionSet(
      String name, String dataset, Withhold withhold, Map<String, Double> chance)
      implements Serializable {

    public QuestionSet {
      chance = new LinkedHashMap<>(chance);
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
                  chance(section)));
    }

    private static Map<String, Double> chance(Section section) {
      Map<String, Double> chance = new LinkedHashMap<>();
      section
          .asMap("chance")
          .forEach((question, share) -> chance.put(question, ((Number) share).doubleValue()));
      return chance;
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
      rules.notEmpty("sets", sets);
      rules.atLeast("batch", batch, 1);
      rules.atLeast("maxNewTokens", maxNewTokens, 1);
    }
  }

  /** Reads the {@code evaluate} section of a configuration file. */
  public static EvalConfig read(Section section, String prepared) {
    return section.build(
        () ->
            new EvalConfig(
                section.location("prepared", prepared),
                section.sections("sets").stream().map(QuestionSet::read).toList(),
                section.integer("batch", 16),
                section.integer("max-new-tokens", 32)));
  }
}
