package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Elements;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;

/**
 * A rank's slice of parameters that it holds no more of (ZeRO stage 3). Before they are needed, the
 * ranks gather them into a buffer.
 */
public final class ShardedWeights implements AutoCloseable {
  private final Parameters parameters;
  private final Slices slices;
  private final int rank;
  private final NDManager scope = TorchEngine.newScope();
  private final Pack tensors = Pack.load("tensors");
  private final NDArray own;
  private final Elements elements;

  /** The slice of a rank of hollow parameters, all zero. */
  public ShardedWeights(Parameters parameters, int rank, int worldSize) {
    this.parameters = parameters;
    this.slices = ShardedAdamW.slices(parameters, worldSize);
    this.rank = rank;
    int type = parameters.dtype() == Dtype.F32 ? 6 : 15;
    this.own = tensors.tensor(scope, "zeros", new long[] {slices.length(rank)}, type);
    this.elements = Elements.of(own, parameters.dtype());
  }

  /** The parameters. */
  public Parameters parameters() {
    return parameters;
  }

  /** The slice, in the type of the parameters. */
  NDArray own() {
    return own;
  }

  /** Takes the slice from where the weights are. */
  public void load(TensorSource source) {
    load(elements, parameters, slices, rank, source);
  }

  /** Takes from a source what of some parameters is a rank's, rounded to what holds it. */
  static void load(
      Elements own, Parameters parameters, Slices slices, int rank, TensorSource source) {
    long from = slices.start(rank);
    long end = from + slices.length(rank);
    long start = 0;
    for (ParameterSpec spec : parameters.specs()) {
      long low = Math.max(start, from);
      long high = Math.min(start + spec.elements(), end);
      if (low < high) {
        own.load(low - from, source, spec.name(), low - start, high - low);
      }
      start += spec.elements();
    }
  }

  /**
   * Fills a buffer with the parameters of all ranks' slices. All ranks call it.
   *
   * @param flat at least as many elements as there are, of the parameters' type
   */
  public void gather(NDArray flat, Collective ranks) {
    try (NDManager inner = TorchEngine.newScope()) {
      long[] length = {slices.length(rank)};
      NDArray place = tensors.tensor(inner, "part", flat, slices.start(rank), length);
      tensors.run("copy", place, own);
    }
    for (ExchangePiece piece : ExchangePiece.ofWeights(tensors, flat, parameters.dtype(), slices)) {
      ranks.allGather(piece.bytes(), piece.slices());
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
