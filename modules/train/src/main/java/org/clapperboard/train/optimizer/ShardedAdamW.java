package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * One rank's share of the optimizer of one part (ZeRO stage 1): it keeps the moments of its slice
 * of the flat parameters and updates that slice only.
 *
 * <p>Backward passes add into one flat gradient buffer; ranks reduce it so that each has the sums
 * of its slice, update, and gather the slices of all.
 */
public final class ShardedAdamW implements AutoCloseable {
  private static final int FLOAT32 = 6;

  private final Parameters parameters;
  private final Slices slices;
  private final int rank;
  private final OptimizerConfig config;
  private final NDManager scope = TorchEngine.newScope();
  private final Pack pack = Pack.load("optimizer");
  private final Pack tensors = Pack.load("tensors");
  private final NDArray gradients;
  private final NDArray ownGradients;
  private final NDArray first;
  private final NDArray second;
  private final List<Group> groups = new ArrayList<>();
  private long steps;

  /** Neighbouring parameters of the slice that share their settings. */
  private record Group(
      double weightDecay,
      NDArray values,
      NDArray gradients,
      NDArray first,
      NDArray second,
      NDArray steps) {}

  /**
   * The optimizer of a rank for one part, whose parameters become trainable.
   *
   * @param decays which parameters, by name, decay
   */
  public ShardedAdamW(
      Parameters parameters,
      Slices slices,
      int rank,
      OptimizerConfig config,
      Predicate<String> decays) {
    this.parameters = parameters;
    this.slices = slices;
    this.rank = rank;
    this.config = config;
    long own = slices.length(rank);
    this.gradients = zeros(parameters.elements());
    this.ownGradients = part(gradients, slices.start(rank), own);
    this.first = zeros(own);
    this.second = zeros(own);
    parameters.trainable(Parameters.Trainable.YES);
    pointGradientsAtBuffer();
    group(decays);
  }

  /** The parameters it updates. */
  public Parameters parameters() {
    return parameters;
  }

  /** How parameters and gradients are cut into slices. */
  public Slices slices() {
    return slices;
  }

  /** The flat gradient buffer, for the exchange. */
  public ByteBuffer gradientBytes() {
    return Parameters.bytes(gradients);
  }

  /** The flat parameters, for the exchange. */
  public ByteBuffer parameterBytes() {
    return Parameters.bytes(parameters.flat());
  }

  /** First moments of the slice. */
  public NDArray first() {
    return first;
  }

  /** Second moments of the slice. */
  public NDArray second() {
    return second;
  }

  /** Updates so far. */
  public long steps() {
    return steps;
  }

  /** Goes on after that many updates, once moments have been restored. */
  public void resumeAt(long done) {
    steps = done;
    for (Group group : groups) {
      Parameters.floats(group.steps()).put(0, (float) done);
    }
  }

  /** Sets all gradients to zero. */
  public void clearGradients() {
    pack.run("scale", gradients, 0.0);
  }

  /** Multiplies the gradients of the slice. */
  public void scaleGradients(double factor) {
    pack.run("scale", ownGradients, factor);
  }

  /** Sum of the squares of the slice's gradients. */
  public double squaredNorm() {
    return pack.number("square_sum", ownGradients);
  }

  /** Updates the slice. */
  public void step(double lr) {
    for (Group group : groups) {
      pack.run(
          "adamw",
          List.of(group.values()),
          List.of(group.gradients()),
          List.of(group.first()),
          List.of(group.second()),
          List.of(group.steps()),
          lr,
          config.beta1(),
          config.beta2(),
          group.weightDecay(),
          config.eps());
    }
    steps++;
  }

  /** From here on backward passes add into the flat buffer, without a copy. */
  private void pointGradientsAtBuffer() {
    List<NDArray> places = new ArrayList<>();
    long start = 0;
    for (ParameterSpec spec : parameters.specs()) {
      places.add(tensors.tensor(scope, "part", gradients, start, spec.shape().getShape()));
      start += spec.elements();
    }
    TorchEngine.withGradients(
        () -> {
          try (NDManager inner = TorchEngine.newScope()) {
            NDArray touched = pack.tensor(inner, "touch", parameters.tensors());
            JniUtils.backward((PtNDArray) touched, (PtNDArray) inner.create(1f), false, false);
            pack.run("gather_gradients", parameters.tensors(), places);
            return null;
          }
        });
  }

  private void group(Predicate<String> decayRule) {
    long start = 0;
    long from = slices.start(rank);
    long end = from + slices.length(rank);
    List<long[]> runs = new ArrayList<>();
    List<Double> decays = new ArrayList<>();
    for (ParameterSpec spec : parameters.specs()) {
      long low = Math.max(start, from);
      long high = Math.min(start + spec.elements(), end);
      double decay = decayRule.test(spec.name()) ? config.weightDecay() : 0;
      int last = runs.size() - 1;
      if (low < high) {
        if (last >= 0 && decays.get(last) == decay) {
          runs.get(last)[1] = high;
        } else {
          runs.add(new long[] {low, high});
          decays.add(decay);
        }
      }
      start += spec.elements();
    }
    for (int i = 0; i < runs.size(); i++) {
      long low = runs.get(i)[0];
      long count = runs.get(i)[1] - low;
      groups.add(
          new Group(
              decays.get(i),
              part(parameters.flat(), low, count),
              part(gradients, low, count),
              part(first, low - from, count),
              part(second, low - from, count),
              tensors.tensor(scope, "zeros", new long[0], FLOAT32)));
    }
  }

  private NDArray zeros(long count) {
    return tensors.tensor(scope, "zeros", new long[] {count}, FLOAT32);
  }

  private NDArray part(NDArray flat, long start, long count) {
    return tensors.tensor(scope, "part", flat, start, new long[] {count});
  }

  @Override
  public void close() {
    scope.close();
  }
}
