package org.clapperboard.train.metrics;

import java.io.Serializable;

/**
 * What samples of one kind had to do with a step, over all ranks.
 *
 * @param kind what they have in common: {@code modality} or {@code dataset}
 * @param name which one
 * @param samples how many they are
 * @param labels predictions that were learned from
 * @param sum their summed cross-entropy
 */
public record LossShare(String kind, String name, long samples, long labels, double sum)
    implements Serializable {

  /** Mean cross-entropy over the labels; not a number where there are none. */
  public double loss() {
    return sum / labels;
  }
}
