package org.clapperboard.train.loop;

import java.util.List;
import java.util.Optional;
import org.clapperboard.model.weights.Parameters;

/** What a stage learns: the loss of some samples, and its gradients. */
interface Objective extends AutoCloseable {

  /**
   * The loss of a sample.
   *
   * @param labels how many predictions were learned from
   * @param sum their summed loss
   */
  record SampleLoss(int labels, double sum) {}

  /**
   * Adds the gradients of the summed loss to those of the parameters that train.
   *
   * @param stepSeed what is random in the step is a function of it, the same on all ranks
   * @param update collects gradients whenever those of one micro-batch are added
   * @return the loss of each item of each micro-batch, in order
   */
  List<List<SampleLoss>> backward(long stepSeed, List<MicroBatch> batches, ShardedUpdate update);

  /** Positions that a sample takes in the model. */
  int length(Item item);

  /** Parameters of its own that are trained with it and thrown away at the end of the stage. */
  Optional<Parameters> ownParameters();

  @Override
  void close();
}
