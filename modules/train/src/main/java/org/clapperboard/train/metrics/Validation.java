package org.clapperboard.train.metrics;

import java.io.Serializable;
import java.util.List;

/**
 * What the weights after a step make of samples that they never learn from.
 *
 * @param step the step, from 0
 * @param losses of all of them, and of each dataset
 * @param captions what the model says of some of them
 */
public record Validation(long step, List<LossShare> losses, List<Caption> captions)
    implements Serializable {
  /** The kind of the loss over all of them. */
  public static final String ALL = "all";

  public Validation {
    losses = List.copyOf(losses);
    captions = List.copyOf(captions);
  }

  /**
   * A question and what the model answers.
   *
   * @param dataset the sample's dataset
   * @param sampleId the sample
   * @param question what is asked
   * @param expected the answer that the dataset has
   * @param said that of the model: its likeliest tokens
   */
  public record Caption(
      String dataset, String sampleId, String question, String expected, String said)
      implements Serializable {}

  /** Mean cross-entropy over all labels. */
  public double loss() {
    return losses.stream()
        .filter(share -> share.kind().equals(ALL))
        .mapToDouble(LossShare::loss)
        .findFirst()
        .orElse(Double.NaN);
  }
}
