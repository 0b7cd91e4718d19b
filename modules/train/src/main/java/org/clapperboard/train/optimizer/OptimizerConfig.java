package org.clapperboard.train.optimizer;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * AdamW and the clipping before it.
 *
 * @param lr base learning rate
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param weightDecay decoupled weight decay, of the parameters that decay at all
 * @param maxGradientNorm gradients are scaled down to this global norm
 */
public record OptimizerConfig(
    double lr, double beta1, double beta2, double eps, double weightDecay, double maxGradientNorm)
    implements Serializable {

  public OptimizerConfig {
    try (Rules rules = new Rules()) {
      rules.positive("lr", lr);
      rules.between("beta1", beta1, 0, 1);
      rules.between("beta2", beta2, 0, 1);
      rules.positive("eps", eps);
      rules.atLeast("weightDecay", weightDecay, 0);
      rules.positive("maxGradientNorm", maxGradientNorm);
    }
  }

  /** Reads it from its section; defaults are the reference's. */
  public static OptimizerConfig read(Section section) {
    return section.build(
        () ->
            new OptimizerConfig(
                section.number("lr"),
                section.number("beta1", 0.9),
                section.number("beta2", 0.999),
                section.number("eps", 1e-8),
                section.number("weight-decay", 0),
                section.number("max-gradient-norm", 1)));
  }
}
