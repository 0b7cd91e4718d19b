package org.clapperboard.train.loop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.optimizer.ExchangePiece;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;

/**
 * The update of all that trains, shared between the ranks: gradients are reduced into slices, each
 * rank updates its slice, and the slices are gathered again.
 */
public final class ShardedUpdate implements AutoCloseable {
  private static final double NORM_EPSILON = 1e-6;

  private final Map<String, ShardedAdamW> trained;
  private final Collective ranks;
  private final OptimizerConfig config;

  private ShardedUpdate(
      Map<String, ShardedAdamW> trained, Collective ranks, OptimizerConfig config) {
    this.trained = trained;
    this.ranks = ranks;
    this.config = config;
  }

  /**
   * The update of these parameters, which become trainable.
   *
   * @param own what holds for parameters of a name
   * @param decays which parameters, by their own names, decay
   */
  static ShardedUpdate of(
      Map<String, Parameters> parameters,
      Collective ranks,
      OptimizerConfig config,
      Function<String, OptimizerConfig> own,
      Predicate<String> decays) {
    Map<String, ShardedAdamW> trained = new LinkedHashMap<>();
    parameters.forEach(
        (name, some) -> {
          Slices slices = ShardedAdamW.slices(some, ranks.worldSize());
          trained.put(name, new ShardedAdamW(some, slices, ranks.rank(), own.apply(name), decays));
        });
    return new ShardedUpdate(trained, ranks, config);
  }

  /** The learning rate, before the schedule, of what has none of its own. */
  double lr() {
    return config.lr();
  }

  /** Updates so far: fewer than steps where some were skipped. */
  long steps() {
    return trained.values().iterator().next().steps();
  }

  /** What trains, by name. */
  Map<String, ShardedAdamW> trained() {
    return trained;
  }

  /** Forgets all gradients. */
  void clear() {
    trained.values().forEach(ShardedAdamW::clearGradients);
  }

  /** Takes what a backward pass has added, before the next one. */
  void collect() {
    trained.values().forEach(ShardedAdamW::collectGradients);
  }

  /** Leaves in every rank's slices the sums of all ranks' gradients. */
  void reduce(long step) {
    trained.forEach(
        (name, optimizer) -> {
          ranks.phase("step " + step + " gradients of " + name);
          for (ExchangePiece piece : optimizer.gradientPieces()) {
            ranks.reduceScatter(piece.bytes(), piece.slices());
          }
        });
  }

  /**
   * Divides the summed gradients by the number of labels and scales them down to the largest norm
   * allowed (torch clip_grad_norm_).
   *
   * @return the global norm before scaling down
   */
  double clip(long step, double labels) {
    double own = 0;
    for (ShardedAdamW optimizer : trained.values()) {
      own += optimizer.squaredNorm();
    }
    ranks.phase("step " + step + " gradient norm");
    double norm = Math.sqrt(ranks.sum(own)[0]) / labels;
    double factor = Math.min(1, config.maxGradientNorm() / (norm + NORM_EPSILON)) / labels;
    trained.values().forEach(optimizer -> optimizer.scaleGradients(factor));
    return norm;
  }

  /**
   * Updates this rank's slices and gathers those of all.
   *
   * @param factor the schedule's, of every learning rate
   */
  void apply(long step, double factor) {
    trained.forEach(
        (name, optimizer) -> {
          optimizer.step(factor);
          ranks.phase("step " + step + " weights of " + name);
          for (ExchangePiece piece : optimizer.weightPieces()) {
            ranks.allGather(piece.bytes(), piece.slices());
          }
        });
  }

  /**
   * All weights that have been trained, by name, in float32. All ranks call it, when nothing is
   * left to do: where they are rounded in the model, they take the place of the gradients.
   */
  Map<String, TensorSource> weights() {
    Map<String, TensorSource> weights = new LinkedHashMap<>();
    trained.forEach(
        (name, optimizer) -> {
          if (optimizer.parameters().dtype() == Dtype.F32) {
            weights.put(name, optimizer.parameters());
            return;
          }
          optimizer.valuesForGradients();
          ranks.phase("final weights of " + name);
          for (ExchangePiece piece : optimizer.gradientPieces()) {
            ranks.allGather(piece.bytes(), piece.slices());
          }
          weights.put(name, optimizer.inGradients());
        });
    return weights;
  }

  @Override
  public void close() {
    trained.values().forEach(ShardedAdamW::close);
  }
}
