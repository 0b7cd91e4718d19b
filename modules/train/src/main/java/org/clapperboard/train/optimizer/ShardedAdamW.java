package org.clapperboard.train.optimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Elements;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;

/**
 * One rank's share of the optimizer of one part (ZeRO stage 1): it keeps the moments of its slice
 * of the flat parameters and updates that slice only. Of bfloat16 parameters it also keeps its
 * slice in float32, the masters: many updates are smaller than what bfloat16 can tell apart.
 *
 * <p>Backward passes add into one flat gradient buffer; ranks reduce it so that each has the sums
 * of its slice, update, and gather the slices of all. Exchanges are in host memory, wherever layers
 * compute, and so is the update, unless its room is beside them: on a device are the weights, the
 * gradients and what flows between layers.
 */
public final class ShardedAdamW implements AutoCloseable {
  static final int FLOAT32 = 6;

  private final Parameters parameters;
  private final Slices slices;
  private final int rank;
  private final OptimizerConfig config;
  private final StateRoom room;
  private final NDManager scope = TorchEngine.newScope();
  private final Pack pack = Pack.load("optimizer");
  private final Pack tensors = Pack.load("tensors");
  private final Gradients gradients;
  private final SliceTensors own;
  private final SliceTensors updated;
  private final MirroredSlice mirrored;
  private final ShardedWeights sharded;
  private final Elements values;
  private final Elements first;
  private final Elements second;
  private final List<Group> groups = new ArrayList<>();
  private final boolean allGradients;
  private final boolean alone;
  private State copy;
  private double scale = 1;
  private boolean started;
  private long steps;

  /**
   * What a rank has to save of a part, float32 all of it.
   *
   * @param start of its slice in the flat parameters
   * @param values of the slice
   * @param first moments
   * @param second moments
   */
  public record State(long start, Elements values, Elements first, Elements second) {
    /** Copies it, on any thread, to another of the same slice. */
    public void copyTo(State other) {
      other.values.copyFrom(values);
      other.first.copyFrom(first);
      other.second.copyFrom(second);
    }
  }

  /** Neighbouring parameters of the slice that share their settings. */
  private record Group(
      double rate,
      double weightDecay,
      NDArray values,
      NDArray rounded,
      NDArray gradients,
      NDArray halves,
      NDArray first,
      NDArray second,
      NDArray steps) {}

  /**
   * The optimizer of a rank for one part, whose parameters become trainable. The rank has all
   * weights and all gradients (ZeRO stage 1).
   *
   * @param decays which parameters, by name, decay
   */
  public ShardedAdamW(
      Parameters parameters,
      Slices slices,
      int rank,
      OptimizerConfig config,
      Predicate<String> decays) {
    this(parameters, slices, rank, config, decays, StateRoom.memory());
  }

  /**
   * The same with its state elsewhere.
   *
   * @param room where moments and masters lie
   */
  public ShardedAdamW(
      Parameters parameters,
      Slices slices,
      int rank,
      OptimizerConfig config,
      Predicate<String> decays,
      StateRoom room) {
    this(parameters, slices, rank, config, decays, room, null, true);
  }

  /**
   * The same where the rank has but its slice of the gradients (ZeRO stage 2): those of backward
   * passes lie in a room that comes and goes, {@link #place} and {@link #take}.
   *
   * @param sharded its slice of the weights, where it has no others (ZeRO stage 3), or null
   */
  public static ShardedAdamW ofSlice(
      Parameters parameters,
      Slices slices,
      int rank,
      OptimizerConfig config,
      Predicate<String> decays,
      StateRoom room,
      ShardedWeights sharded) {
    return new ShardedAdamW(parameters, slices, rank, config, decays, room, sharded, false);
  }

  private ShardedAdamW(
      Parameters parameters,
      Slices slices,
      int rank,
      OptimizerConfig config,
      Predicate<String> decays,
      StateRoom room,
      ShardedWeights sharded,
      boolean allGradients) {
    this.parameters = parameters;
    this.slices = slices;
    this.rank = rank;
    this.config = config;
    this.room = room;
    this.sharded = sharded;
    this.allGradients = allGradients;
    this.alone = allGradients && slices.worldSize() == 1 && !parameters.isElsewhere();
    boolean masters = parameters.dtype() == Dtype.BF16;
    boolean beside = room.isBeside() && allGradients && parameters.isElsewhere();
    parameters.trainable(Parameters.Trainable.YES);
    if (masters) {
      ExchangePiece.pairs(slices); // Now, not in the middle of the first step.
    }
    this.gradients = new Gradients(tensors, pack, parameters);
    if (allGradients) {
      placeAll(beside && slices.worldSize() == 1);
    }
    this.own = ownSlice();
    this.mirrored = beside ? new MirroredSlice(scope, parameters, slices, rank, own) : null;
    this.updated = beside ? mirrored.device() : own;
    this.values = Elements.of(own.values(), Dtype.F32);
    this.first = Elements.of(own.first(), Dtype.F32);
    this.second = Elements.of(own.second(), Dtype.F32);
    this.started = !masters;
    group(decays);
  }

  /** In host memory; gradients that nobody exchanges are where they are added up. */
  private SliceTensors ownSlice() {
    long start = slices.start(rank);
    long count = slices.length(rank);
    NDArray sums =
        allGradients
            ? part(gradients.flat(), start, count)
            : tensors.tensor(scope, "zeros", new long[] {count}, FLOAT32);
    NDArray weights = sharded == null ? part(parameters.flat(), start, count) : sharded.own();
    NDArray exact = parameters.dtype() == Dtype.BF16 ? room.zeros(scope, count) : weights;
    return new SliceTensors(
        weights, exact, sums, room.zeros(scope, count), room.zeros(scope, count));
  }

  /** Where all gradients are added up, and where they are exchanged if they are. */
  private void placeAll(boolean stay) {
    if (stay) {
      gradients.place(GradientRoom.beside(scope, parameters));
    } else if (parameters.isElsewhere()) {
      NDArray computed = parameters.tensors().get(0);
      NDArray host = tensors.tensor(scope, "zeros_for", computed, parameters.elements());
      gradients.place(GradientRoom.beside(scope, parameters), host);
    } else {
      gradients.place(GradientRoom.of(scope, parameters.dtype(), parameters.elements()));
    }
  }

  /**
   * The slices of parameters, as equal as can be. In bfloat16 none begins inside a pair: pairs are
   * what ranks exchange.
   */
  public static Slices slices(Parameters parameters, int worldSize) {
    long elements = parameters.elements();
    if (parameters.dtype() == Dtype.F32) {
      return Slices.even(elements, worldSize);
    }
    Slices pairs = Slices.even((elements + 1) / 2, worldSize);
    long[] lengths = new long[worldSize];
    for (int rank = 0; rank < worldSize; rank++) {
      long start = Math.min(elements, 2 * pairs.start(rank));
      lengths[rank] = Math.min(elements - start, 2 * pairs.length(rank));
    }
    return Slices.ofLengths(lengths);
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
  public List<ExchangePiece> gradientPieces() {
    gradients.fetch();
    return ExchangePiece.of(tensors, gradients.flat(), 1, slices, ExchangePiece.MAX_UNITS);
  }

  /** Takes the sums that ranks have exchanged to where they are read. */
  public void takeExchanged() {
    if (mirrored != null) {
      mirrored.sendGradients();
    }
  }

  /** The flat parameters, for the exchange: nothing where the rank has but its slice of them. */
  public List<ExchangePiece> weightPieces() {
    return sharded == null && !staysBeside()
        ? ExchangePiece.ofWeights(tensors, parameters.flat(), parameters.dtype(), slices)
        : List.of();
  }

  /** Lets layers see the weights, once all ranks have them. */
  public void publish() {
    if (!staysBeside()) {
      parameters.publish();
    }
  }

  /** Whether all of an update, from gradients to weights, is where layers compute. */
  private boolean staysBeside() {
    return mirrored != null && slices.worldSize() == 1;
  }

  private void fetchState() {
    if (mirrored != null) {
      mirrored.fetch();
    }
  }

  private void beginWriting() {
    if (mirrored != null) {
      mirrored.beginWriting();
    }
  }

  /**
   * The gradients of backward passes lie here from now on, and are zero.
   *
   * @param room for as many as there are
   */
  public void place(GradientRoom room) {
    gradients.place(room);
    gradients.clear();
  }

  /** Keeps its slice of the gradients, which are summed by now: the room is needed elsewhere. */
  public void take() {
    try (NDManager inner = TorchEngine.newScope()) {
      long[] length = {slices.length(rank)};
      NDArray flat = gradients.flat();
      NDArray sums = tensors.tensor(inner, "part", flat, slices.start(rank), length);
      tensors.run("copy", own.gradients(), sums);
    }
  }

  /** The slice of the parameters that it updates, in float32: what it is rounded from, if it is. */
  public Elements values() {
    fetchState();
    return values;
  }

  /** First moments of the slice. */
  public Elements first() {
    fetchState();
    return first;
  }

  /** Second moments of the slice. */
  public Elements second() {
    fetchState();
    return second;
  }

  /**
   * The state itself: what it holds changes with the next update. Where updates happen on a device,
   * it and the parameters are in host memory as they are now, and stay so until it is asked for
   * again.
   */
  public State state() {
    fetchState();
    return new State(slices.start(rank), values, first, second);
  }

  /** Room for a copy of the state: the same room whenever it is asked for. */
  public State roomForCopy() {
    if (copy == null) {
      List<Elements> free = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        free.add(Elements.of(room.zeros(scope, slices.length(rank)), Dtype.F32));
      }
      copy = new State(slices.start(rank), free.get(0), free.get(1), free.get(2));
    }
    return copy;
  }

  /** Takes the masters of its slice from where the parameters were loaded from. */
  public void startFrom(TensorSource source) {
    beginWriting();
    ShardedWeights.load(values, parameters, slices, rank, source);
    started = true;
  }

  /** Restores values from a place in the flat parameters on, of whatever slices they are. */
  public void restoreValues(long start, FloatBuffer restored) {
    beginWriting();
    if (sharded == null) {
      Elements.of(parameters.flat(), parameters.dtype()).write(start, restored.duplicate());
    } else {
      restoreOwn(Elements.of(own.weights(), parameters.dtype()), start, restored);
    }
    if (parameters.dtype() == Dtype.BF16) {
      restoreOwn(values, start, restored);
    }
  }

  /** Restores what of some numbers of the flat parameters belongs to this rank's slice. */
  public void restoreOwn(Elements part, long start, FloatBuffer restored) {
    beginWriting();
    long from = slices.start(rank);
    long low = Math.max(start, from);
    long high = Math.min(start + restored.remaining(), from + part.count());
    if (low < high) {
      int at = restored.position() + (int) (low - start);
      part.write(low - from, restored.slice(at, (int) (high - low)));
    }
  }

  /** Updates so far. */
  public long steps() {
    return steps;
  }

  /** Goes on after that many updates, once moments have been restored. */
  public void resumeAt(long done) {
    steps = done;
    started = true;
    try (NDManager inner = TorchEngine.newScope()) {
      NDArray count = inner.create((float) done);
      groups.forEach(group -> tensors.run("copy", group.steps(), count));
    }
    parameters.publish();
  }

  /** Sets all gradients to zero. */
  public void clearGradients() {
    scale = 1;
    gradients.clear();
  }

  /** Takes what a backward pass has added to the gradients, before the next one or the exchange. */
  public void collectGradients() {
    gradients.collect();
  }

  /**
   * The same after the last backward pass before the update. The gradients of a single pass are
   * widened as they update, if nobody else has any.
   */
  public void collectLastGradients() {
    if (alone) {
      gradients.collectLast();
    } else {
      gradients.collect();
    }
  }

  /** Leaves them to the update as they are, where there is nobody to exchange them with. */
  public void keepGradients() {
    gradients.keep();
  }

  /** The same of the parameters of one layer, which lie next to each other, and of no others. */
  public void collectGradients(int layer) {
    long start = 0;
    long low = Long.MAX_VALUE;
    long high = 0;
    for (ParameterSpec spec : parameters.specs()) {
      long end = start + spec.elements();
      if (LayerDecay.layer(spec.name()) == layer) {
        low = Math.min(low, start);
        high = end;
      }
      start = end;
    }
    if (low < high) {
      gradients.collect(low, high - low);
    }
  }

  /** The gradients of the slice count so many times in the next update. */
  public void scaleGradients(double factor) {
    scale *= factor;
  }

  /** Sum of the squares of the slice's gradients. */
  public double squaredNorm() {
    NDArray halves = gradients.halves();
    return pack.number("square_sum", halves == null ? updated.gradients() : halves);
  }

  /**
   * Updates the slice; its gradients are gone then.
   *
   * @param factor what the schedule multiplies the learning rate by
   */
  public void step(double factor) {
    double lr = config.lr() * factor;
    if (!started) {
      throw new IllegalStateException("the masters of bfloat16 parameters have no values yet");
    }
    // Elsewhere they are copies, or lie in a room that others fill next.
    boolean forget = allGradients && parameters.dtype() == Dtype.F32 && !parameters.isElsewhere();
    boolean left = gradients.halves() != null;
    if (mirrored != null) {
      mirrored.beginUpdate();
    }
    for (Group group : groups) {
      update(group, lr, left ? group.halves() : null, forget);
    }
    if (left) {
      gradients.leftForgotten();
    } else if (forget) {
      gradients.forgotten(slices.start(rank), slices.length(rank));
    }
    if (mirrored != null && !staysBeside()) {
      mirrored.fetchWeights();
    }
    scale = 1;
    steps++;
  }

  private void update(Group group, double lr, NDArray halves, boolean forget) {
    pack.run(
        "adamw",
        List.of(group.values()),
        List.of(group.gradients()),
        List.of(group.first()),
        List.of(group.second()),
        List.of(group.steps()),
        halves,
        group.rounded(),
        scale,
        forget,
        lr * group.rate(),
        config.beta1(),
        config.beta2(),
        group.weightDecay(),
        config.eps());
  }

  /** Elements of the slice, one after the other, with the same settings. */
  private record Run(double rate, double weightDecay, long low, long high) {
    boolean sharesSettings(Run other) {
      return rate == other.rate && weightDecay == other.weightDecay;
    }
  }

  private void group(Predicate<String> decayRule) {
    long from = slices.start(rank);
    NDArray halves = alone ? gradients.roomOfHalves() : null;
    for (Run run : runs(decayRule, from, from + slices.length(rank))) {
      long start = run.low() - from;
      long count = run.high() - run.low();
      groups.add(
          new Group(
              run.rate(),
              run.weightDecay(),
              part(updated.values(), start, count),
              parameters.dtype() == Dtype.BF16 ? part(updated.weights(), start, count) : null,
              part(updated.gradients(), start, count),
              halves == null ? null : part(halves, start, count),
              part(updated.first(), start, count),
              part(updated.second(), start, count),
              tensors.tensor(scope, "zeros_beside", updated.values(), new long[0], FLOAT32)));
    }
  }

  private List<Run> runs(Predicate<String> decayRule, long from, long end) {
    ToDoubleFunction<String> rates = LayerDecay.rates(config.layerDecay(), parameters.specs());
    List<Run> runs = new ArrayList<>();
    long start = 0;
    for (ParameterSpec spec : parameters.specs()) {
      long low = Math.max(start, from);
      long high = Math.min(start + spec.elements(), end);
      double decay = decayRule.test(spec.name()) ? config.weightDecay() : 0;
      Run run = new Run(rates.applyAsDouble(spec.name()), decay, low, high);
      int last = runs.size() - 1;
      if (low < high && last >= 0 && runs.get(last).sharesSettings(run)) {
        runs.set(last, new Run(run.rate(), decay, runs.get(last).low(), high));
      } else if (low < high) {
        runs.add(run);
      }
      start += spec.elements();
    }
    return runs;
  }

  private NDArray part(NDArray flat, long start, long count) {
    return tensors.tensor(scope, "part", flat, start, new long[] {count});
  }

  @Override
  public void close() {
    scope.close();
  }
}
