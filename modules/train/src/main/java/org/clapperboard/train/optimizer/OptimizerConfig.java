package org.clapperboard.train.optimizer;

import java.io.Serializable;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.model.Part;

/**
 * AdamW and the clipping before it.
 *
 * @param lr base learning rate
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param weightDecay decoupled weight decay, of the parameters that decay at all
 * @param maxGradientNorm gradients are scaled down to this global norm
 * @param skipAtMost steps of a stage that may be left out because their loss or gradient is not a
 *     number; one more ends it
 * @param layerDecay what the rate of each layer of an encoder is multiplied by for the layer below;
 *     1 for one rate, as everywhere but in {@link OfPart}
 * @param parts what parts have of their own (reference: mm_projector_lr)
 */
public record OptimizerConfig(
    double lr,
    double beta1,
    double beta2,
    double eps,
    double weightDecay,
    double maxGradientNorm,
    int skipAtMost,
    double layerDecay,
    Map<Part, OfPart> parts)
    implements Serializable {

  /**
   * What a part has of its own.
   *
   * @param lr its base learning rate; the schedule is that of all parts
   * @param weightDecay its decoupled weight decay
   * @param layerDecay of an encoder: each layer learns at the rate of the layer above times this,
   *     the last one at the part's rate; 1 for one rate
   */
  public record OfPart(double lr, double weightDecay, double layerDecay) implements Serializable {
    public OfPart {
      try (Rules rules = new Rules()) {
        rules.positive("lr", lr);
        rules.atLeast("weightDecay", weightDecay, 0);
        rules.positive("layerDecay", layerDecay);
        rules.between("layerDecay", layerDecay, 0, 1);
      }
    }

    /** One rate for all layers. */
    public OfPart(double lr, double weightDecay) {
      this(lr, weightDecay, 1);
    }
  }

  public OptimizerConfig {
    parts = parts == null ? null : Collections.unmodifiableMap(new TreeMap<>(parts));
    try (Rules rules = new Rules()) {
      rules.positive("lr", lr);
      rules.between("beta1", beta1, 0, 1);
      rules.between("beta2", beta2, 0, 1);
      rules.positive("eps", eps);
      rules.atLeast("weightDecay", weightDecay, 0);
      rules.positive("maxGradientNorm", maxGradientNorm);
      rules.atLeast("skipAtMost", skipAtMost, 0);
    }
  }

  /** Nothing is skipped. */
  public OptimizerConfig(
      double lr,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double maxGradientNorm,
      Map<Part, OfPart> parts) {
    this(lr, beta1, beta2, eps, weightDecay, maxGradientNorm, 0, 1, parts);
  }

  /** The same for all parts, and nothing is skipped. */
  public OptimizerConfig(
      double lr,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      double maxGradientNorm) {
    this(lr, beta1, beta2, eps, weightDecay, maxGradientNorm, Map.of());
  }

  /** What holds for a part. */
  public OptimizerConfig of(Part part) {
    OfPart own = parts.getOrDefault(part, new OfPart(lr, weightDecay));
    return new OptimizerConfig(
        own.lr(),
        beta1,
        beta2,
        eps,
        own.weightDecay(),
        maxGradientNorm,
        skipAtMost,
        own.layerDecay(),
        Map.of());
  }

  /** Reads it from its section; defaults are the reference's. */
  public static OptimizerConfig read(Section section) {
    return section.build(
        () -> {
          double lr = section.number("lr");
          double weightDecay = section.number("weight-decay", 0);
          return new OptimizerConfig(
              lr,
              section.number("beta1", 0.9),
              section.number("beta2", 0.999),
              section.number("eps", 1e-8),
              weightDecay,
              section.number("max-gradient-norm", 1),
              section.integer("skip-at-most", 3),
              1,
              parts(section, lr, weightDecay));
        });
  }

  /** What parts have of their own, or null where one of them has problems. */
  private static Map<Part, OfPart> parts(Section section, double lr, double weightDecay) {
    Map<Part, OfPart> parts = new EnumMap<>(Part.class);
    section
        .optionalSection("parts")
        .ifPresent(
            all -> {
              for (Part part : Part.values()) {
                all.optionalSection(part.key())
                    .ifPresent(one -> parts.put(part, part(part, one, lr, weightDecay)));
              }
            });
    return parts.containsValue(null) ? null : parts;
  }

  private static OfPart part(Part part, Section section, double lr, double weightDecay) {
    boolean layered = part == Part.VISION_ENCODER || part == Part.AUDIO_ENCODER;
    return section.build(
        () ->
            new OfPart(
                section.number("lr", lr),
                section.number("weight-decay", weightDecay),
                layered ? section.number("layer-decay", 1) : 1));
  }
}
