package org.clapperboard.train.optimizer;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * The learning rate over a stage: a linear warm-up from 0, then a fall to 0.
 *
 * @param warmupRatio share of the steps that warm up, rounded up to whole steps
 * @param shape how it falls
 * @param decayRatio share of the steps that a linear fall takes at the end
 */
public record Schedule(double warmupRatio, Shape shape, double decayRatio) implements Serializable {

  /** How the learning rate falls. */
  public enum Shape {
    /** Half a cosine from the end of the warm-up on (Hugging Face optimization.py). */
    COSINE,
    /** Constant, then a straight line to 0 at the end. */
    LINEAR
  }

  public Schedule {
    try (Rules rules = new Rules()) {
      rules.between("warmupRatio", warmupRatio, 0, 1);
      rules.between("decayRatio", decayRatio, 0, 1);
    }
  }

  /** Reads it from its section; defaults are the reference's. */
  public static Schedule read(Section section) {
    return section.build(
        () ->
            new Schedule(
                section.number("warmup-ratio", 0.03),
                section.oneOf("shape", Shape.class, Shape.COSINE),
                section.number("decay-ratio", 1)));
  }

  /** Steps of warm-up in a stage of that many. */
  public long warmupSteps(long steps) {
    return (long) Math.ceil(steps * warmupRatio);
  }

  /**
   * What the base rate is multiplied by in a step, counted from 0: the first one warms up from 0.
   */
  public double factor(long step, long steps) {
    long warmup = warmupSteps(steps);
    if (step < warmup) {
      return (double) step / Math.max(1, warmup);
    }
    double left = Math.max(1, steps - warmup);
    double done = (step - warmup) / left;
    return switch (shape) {
      case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
      case LINEAR -> Math.min(1, (1 - done) / Math.max(decayRatio, 1 / left));
    };
  }
}
