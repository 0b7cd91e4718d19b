package org.clapperboard.model.adapter;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * A low-rank adapter (Hu and others, 2021): beside the weight W of a linear layer stand A (rank,
 * in) and B (out, rank), and the layer computes with W + alpha / rank B A.
 *
 * @param rank rank of what is added
 * @param alpha numerator of its factor
 * @param dropout share of the layer's input that A does not see in a step of training
 * @param targetModules names of the linear layers that have one, or ends of their names, as PEFT
 *     takes them; empty for all but gates
 */
public record LoraConfig(int rank, double alpha, double dropout, List<String> targetModules)
    implements Serializable {

  public LoraConfig {
    targetModules = List.copyOf(targetModules);
    try (Rules rules = new Rules()) {
      rules.atLeast("rank", rank, 1);
      rules.positive("alpha", alpha);
      if (!(dropout >= 0 && dropout < 1)) {
        rules.broken("dropout", dropout, "at least 0 and below 1");
      }
    }
  }

  /** Reads it from its section; defaults are those of the reference's scripts. */
  public static LoraConfig read(Section section) {
    return section.build(
        () ->
            new LoraConfig(
                section.integer("rank", 128),
                section.number("alpha", 256),
                section.number("dropout", 0.05),
                section.has("target-modules") ? section.strings("target-modules") : List.of()));
  }

  /** What B A is multiplied by. */
  public double factor() {
    return alpha / rank;
  }

  /** Whether an adapter of that configuration has the same matrices with the same meaning. */
  public boolean continues(LoraConfig other) {
    return rank == other.rank && alpha == other.alpha && targetModules.equals(other.targetModules);
  }
}
