package org.clapperboard.train.loop;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.Part;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.optimizer.ExchangePiece;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.clapperboard.train.optimizer.StateRoom;

/**
 * The update of all that trains, shared between the ranks: gradients are reduced into slices, each
 * rank updates its slice, and the slices are gathered again.
 */
public final class ShardedUpdate implements AutoCloseable {
  private static final double NORM_EPSILON = 1e-6;

  private final Map<String, ShardedAdamW> trained;
  private final Map<String, ShardedAdamW> whole;
  private final ShardedLayers layers;
  private final Collective ranks;
  private final OptimizerConfig config;
  private long step;

  private ShardedUpdate(
      Map<String, ShardedAdamW> whole,
      Map<String, ShardedAdamW> sliced,
      ShardedLayers layers,
      Collective ranks,
      OptimizerConfig config) {
    this.whole = whole;
    this.trained = new LinkedHashMap<>(whole);
    trained.putAll(sliced);
    this.layers = layers;
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
    return of(parameters, null, StateRoom.memory(), ranks, config, own, decays);
  }

  /**
   * The same where the layers of the language model are in shards.
   *
   * @param parameters what trains, by name; the language model among it only if it learns
   * @param shards its layers, or null
   * @param room where the optimizer's state lies
   */
  static ShardedUpdate of(
      Map<String, Parameters> parameters,
      LayerShards shards,
      StateRoom room,
      Collective ranks,
      OptimizerConfig config,
      Function<String, OptimizerConfig> own,
      Predicate<String> decays) {
    Map<String, ShardedAdamW> whole = new LinkedHashMap<>();
    Map<String, ShardedAdamW> sliced = new LinkedHashMap<>();
    Map<LayerShards.Unit, ShardedAdamW> layers = new HashMap<>();
    parameters.forEach(
        (name, some) -> {
          if (shards == null || some != shards.parameters()) {
            whole.put(name, optimizer(some, room, ranks, own.apply(name), decays));
            return;
          }
          for (LayerShards.Unit unit : shards.units()) {
            String key = Checkpoints.name(name, unit.bucket().start());
            if (unit.bucket().hasLayers()) {
              layers.put(unit, sliced(unit, room, ranks, own.apply(name), decays));
              sliced.put(key, layers.get(unit));
            } else {
              whole.put(key, optimizer(unit.parameters(), room, ranks, own.apply(name), decays));
            }
          }
        });
    ShardedLayers exchanged = shards == null ? null : new ShardedLayers(shards, layers, ranks);
    return new ShardedUpdate(whole, sliced, exchanged, ranks, config);
  }

  private static ShardedAdamW optimizer(
      Parameters some,
      StateRoom room,
      Collective ranks,
      OptimizerConfig config,
      Predicate<String> decays) {
    Slices slices = ShardedAdamW.slices(some, ranks.worldSize());
    return new ShardedAdamW(some, slices, ranks.rank(), config, decays, room);
  }

  private static ShardedAdamW sliced(
      LayerShards.Unit unit,
      StateRoom room,
      Collective ranks,
      OptimizerConfig config,
      Predicate<String> decays) {
    Slices slices = ShardedAdamW.slices(unit.parameters(), ranks.worldSize());
    return ShardedAdamW.ofSlice(
        unit.parameters(), slices, ranks.rank(), config, decays, room, unit.sharded());
  }

  /** The layers that are in shards, or null. */
  ShardedLayers layers() {
    return layers;
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

  /** Tells the other ranks what this one works on. */
  void working(List<MicroBatch> batches) {
    String names = batches.stream().map(MicroBatch::names).collect(Collectors.joining(", "));
    ranks.working("step " + step + ": " + names);
  }

  /** Forgets all gradients: a step begins. */
  void begin(long number) {
    step = number;
    if (layers != null) {
      layers.begin(number);
    }
    whole.values().forEach(ShardedAdamW::clearGradients);
  }

  /** Takes what a backward pass has added, before the next one. */
  void collect() {
    whole.values().forEach(ShardedAdamW::collectGradients);
  }

  /** The same after the last one of the step. */
  void collectLast() {
    whole.values().forEach(ShardedAdamW::collectLastGradients);
  }

  /** Takes what going backward through one layer has added: what learns in it, or beside it. */
  void collect(int layer) {
    layers.collect(layer);
    whole.forEach(
        (name, optimizer) -> {
          if (name.equals(PartWeights.adapter(Part.LANGUAGE_MODEL))) {
            optimizer.collectGradients(layer);
          }
        });
  }

  /** Leaves in every rank's slices the sums of all ranks' gradients; layers in shards have them. */
  void reduce(long step) {
    whole.forEach(
        (name, optimizer) -> {
          ranks.phase("step " + step + " gradients of " + name);
          if (ranks.worldSize() == 1) {
            optimizer.keepGradients();
            return;
          }
          for (ExchangePiece piece : optimizer.gradientPieces()) {
            ranks.reduceScatter(piece.bytes(), piece.slices());
          }
          optimizer.takeExchanged();
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
    // Its last digits depend on how slices are cut; without them nothing else does.
    double norm = (float) (Math.sqrt(ranks.sum(own)[0]) / labels);
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
          optimizer.publish();
        });
    if (layers != null) {
      layers.forget();
    }
  }

  @Override
  public void close() {
    if (layers != null) {
      layers.close();
    }
    trained.values().forEach(ShardedAdamW::close);
  }
}
