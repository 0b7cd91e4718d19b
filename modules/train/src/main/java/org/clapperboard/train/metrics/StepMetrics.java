package org.clapperboard.train.metrics;

import java.io.Serializable;
import java.util.List;

/**
 * What a step did, over all ranks.
 *
 * @param step number of the step, from 0
 * @param loss mean cross-entropy over all labels of the global batch, before the step
 * @param lr learning rate
 * @param gradientNorm global norm before clipping
 * @param labels predictions that were learned from
 * @param positions positions that went through the language model, text and media
 * @param padding further positions, which filled shorter rows up to the longest beside them
 * @param samples samples
 * @param seconds how long it took
 * @param dataWaitSeconds how long rank 0 waited for samples
 * @param exchangeWaitSeconds how long rank 0 waited for other ranks
 * @param skips whether it was taken
 * @param flops floating-point operations that it needed, see ModelFlops
 * @param losses what each modality and each dataset had to do with it
 * @param memory of rank 0, after it
 * @param validation the newest measurement on held-out samples, or null
 * @param slices the newest scores of exam slices, or null
 */
public record StepMetrics(
    long step,
    double loss,
    double lr,
    double gradientNorm,
    long labels,
    long positions,
    long padding,
    long samples,
    double seconds,
    double dataWaitSeconds,
    double exchangeWaitSeconds,
    Skips skips,
    double flops,
    List<LossShare> losses,
    ResidentMemory memory,
    Validation validation,
    SliceScores slices)
    implements Serializable {

  public StepMetrics {
    losses = List.copyOf(losses);
  }

  /** The same with a measurement. */
  public StepMetrics with(Validation measured) {
    return with(measured, slices);
  }

  /** The same with scores of exam slices. */
  public StepMetrics with(SliceScores scores) {
    return with(validation, scores);
  }

  private StepMetrics with(Validation measured, SliceScores scores) {
    return new StepMetrics(
        step,
        loss,
        lr,
        gradientNorm,
        labels,
        positions,
        padding,
        samples,
        seconds,
        dataWaitSeconds,
        exchangeWaitSeconds,
        skips,
        flops,
        losses,
        memory,
        measured,
        scores);
  }

  /** The measurement that was made after this very step, or null. */
  public Validation ownValidation() {
    return validation != null && validation.step() == step ? validation : null;
  }

  /** The scores of exam slices after this very step, or null. */
  public SliceScores ownSlices() {
    return slices != null && slices.step() == step ? slices : null;
  }

  /** The share of so many operations per second that it used. */
  public double utilisation(double peakFlops) {
    return flops / seconds / peakFlops;
  }

  /**
   * Steps that were not taken because their loss or gradient is not a number.
   *
   * @param now whether this step is one
   * @param count how many there are in the stage so far
   * @param last what is said of the last of them, or null
   */
  public record Skips(boolean now, long count, String last) implements Serializable {}
}
