package org.clapperboard.train.config;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.prompt.Prompts;

/** What is learned. */
public sealed interface ObjectiveConfig extends Serializable {

  /**
   * The language model predicts answers, token by token.
   *
   * @param style how conversations are written
   */
  record Answers(Prompts.Style style) implements ObjectiveConfig {}

  /**
   * An encoder alone learns to tell answers apart: each distinct question gets a linear layer,
   * thrown away afterwards, that picks one of the answers the data has for it. It stands in for the
   * pre-training of an encoder that would otherwise be downloaded.
   *
   * @param segments equal parts of the encoder's tokens; with more than one the i-th exchange of a
   *     sample is about the i-th part
   * @param weights weight of a question's loss where it is not 1
   */
  record ClosedAnswers(int segments, Map<String, Double> weights) implements ObjectiveConfig {
    public ClosedAnswers {
      weights = Map.copyOf(weights);
      try (Rules rules = new Rules()) {
        rules.atLeast("segments", segments, 1);
        weights.forEach((question, weight) -> rules.atLeast("weights", weight, 0));
      }
    }
  }

  /** Reads the {@code objective} section; without one, answers in the chat template. */
  static ObjectiveConfig read(Section root) {
    return root.optionalSection("objective")
        .map(section -> section.build(() -> readKind(section)))
        .orElse(new Answers(Prompts.Style.CHAT));
  }

  /** The kinds by their names in files. */
  enum Kind {
    /** {@link Answers}. */
    ANSWERS,
    /** {@link ClosedAnswers}. */
    CLOSED_ANSWERS
  }

  private static ObjectiveConfig readKind(Section section) {
    return switch (section.oneOf("kind", Kind.class)) {
      case ANSWERS -> new Answers(section.oneOf("prompt", Prompts.Style.class, Prompts.Style.CHAT));
      case CLOSED_ANSWERS -> {
        Map<String, Double> weights = new LinkedHashMap<>();
        section
            .optionalSection("weights")
            .ifPresent(
                each ->
                    section
                        .asMap("weights")
                        .keySet()
                        .forEach(question -> weights.put(question, each.number(question))));
        yield new ClosedAnswers(section.integer("segments", 1), weights);
      }
    };
  }
}
