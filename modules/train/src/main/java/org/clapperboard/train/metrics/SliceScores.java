package org.clapperboard.train.metrics;

import java.io.Serializable;
import java.util.List;

/**
 * What the weights after a step answer to exam slices.
 *
 * @param step the step, from 0
 * @param scores those of each set
 */
public record SliceScores(long step, List<Score> scores) implements Serializable {

  public SliceScores {
    scores = List.copyOf(scores);
  }

  /**
   * How a set was answered.
   *
   * @param set its name
   * @param asked questions whose answer could be told right or wrong
   * @param right those that were answered right
   */
  public record Score(String set, long asked, long right) implements Serializable {

    /** The share of right answers; not a number where nothing was asked. */
    public double share() {
      return (double) right / asked;
    }
  }
}
