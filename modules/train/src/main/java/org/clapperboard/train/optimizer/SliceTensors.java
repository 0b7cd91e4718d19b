package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * A rank's slice of some flat parameters, with all that its update reads and writes, in one place.
 *
 * @param weights as layers see them
 * @param values the same in float32: what they are rounded from, or themselves
 * @param gradients sums of all ranks
 * @param first moments
 * @param second moments
 */
record SliceTensors(
    NDArray weights, NDArray values, NDArray gradients, NDArray first, NDArray second) {

  /** What an update changes and a checkpoint has to save. */
  List<NDArray> state() {
    return List.of(weights, values, first, second);
  }
}
