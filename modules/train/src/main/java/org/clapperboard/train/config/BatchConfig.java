package org.clapperboard.train.config;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.language.DecoderConfig;

/**
 * How many samples a step takes, and how a rank cuts its share of them.
 *
 * @param global samples of a step over all ranks
 * @param micro rows of a rank that go through the model at once
 * @param grouping which samples go together
 * @param packing whether a row holds several samples
 * @param maxTokens positions of a row that is packed at most, unless one sample alone has more; 0
 *     without packing
 */
public record BatchConfig(int global, int micro, Grouping grouping, boolean packing, int maxTokens)
    implements Serializable {
  private static final int MOST_TOKENS_UNASKED = 4096;

  /** Which samples of a rank's share of a step make up a micro-batch. */
  public enum Grouping {
    /** Those of like media and length, so that little is padded. */
    LENGTH,
    /** Those that follow each other. */
    NONE
  }

  public BatchConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("global", global, 1);
      rules.atLeast("micro", micro, 1);
      if (packing) {
        rules.atLeast("maxTokens", maxTokens, 1);
      } else if (maxTokens != 0) {
        rules.broken("maxTokens", maxTokens, "given with packing: true, and only there");
      }
    }
  }

  /** A batch without packing. */
  public static BatchConfig of(int global, int micro, Grouping grouping) {
    return new BatchConfig(global, micro, grouping, false, 0);
  }

  /**
   * Reads it.
   *
   * @param model the model, or null where it has problems
   */
  static BatchConfig read(Section section, ModelConfig model) {
    return section.build(
        () -> {
          boolean packing = section.flag("packing", false);
          int longest = model == null ? MOST_TOKENS_UNASKED : model.language().context();
          return new BatchConfig(
              section.integer("global"),
              section.integer("micro"),
              section.oneOf("grouping", Grouping.class, grouping(model)),
              packing,
              section.integer("max-tokens", packing ? Math.min(MOST_TOKENS_UNASKED, longest) : 0));
        });
  }

  /** Without being asked, samples go together as their loss allows. */
  private static Grouping grouping(ModelConfig model) {
    return model != null && balancesExperts(model) ? Grouping.NONE : Grouping.LENGTH;
  }

  /** The balance of experts is one of a micro-batch as a whole: no sum over samples. */
  private static boolean balancesExperts(ModelConfig model) {
    DecoderConfig.Experts experts = model.language().experts();
    return experts != null && experts.balance() > 0;
  }

  /** Tells what does not go with the model or the objective. */
  void check(Rules rules, ModelConfig model, ObjectiveConfig objective) {
    if (balancesExperts(model) && (packing || grouping != Grouping.NONE)) {
      rules
          .broken(
              packing ? "batch.packing" : "batch.grouping",
              packing ? "true" : "length",
              (packing ? "false" : "none") + ", where experts.balance is above 0")
          .advice(
              "That loss is of a micro-batch as a whole: how ranks cut a step would change what is"
                  + " learned.");
    }
    if (packing && maxTokens > model.language().context()) {
      rules.broken(
          "batch.max-tokens",
          maxTokens,
          "at most model.language-model.context = " + model.language().context());
    }
    if (packing && objective instanceof ObjectiveConfig.ClosedAnswers) {
      rules
          .broken("batch.packing", "true", "false, with closed answers")
          .advice("They are learned by an encoder, which has no rows of tokens.");
    }
  }
}
