package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.config.MemoryConfig;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.optimizer.LayerBucket;
import org.clapperboard.train.optimizer.ShardedWeights;

/**
 * The parameters of the language model in buckets of layers, of which a rank has all weights or its
 * slice only. What lies in front of the first layer and behind the last is whole on every rank.
 */
final class LayerShards implements AutoCloseable {
  private final List<Unit> units = new ArrayList<>();
  private final Parameters parameters;

  /**
   * A bucket and its memory.
   *
   * @param sharded the rank's slice of the weights, or null where it has all
   */
  record Unit(LayerBucket bucket, Parameters parameters, ShardedWeights sharded) {}

  /** Parameters of these specs, all zero. */
  LayerShards(
      List<ParameterSpec> specs, Dtype dtype, MemoryConfig memory, int rank, int worldSize) {
    for (LayerBucket bucket : LayerBucket.of(specs, memory.bucketElements())) {
      boolean hollow = memory.sharding() == Sharding.PARAMETERS && bucket.hasLayers();
      Parameters some =
          hollow
              ? Parameters.hollow(bucket.specs(), dtype)
              : Parameters.allocate(bucket.specs(), dtype);
      units.add(new Unit(bucket, some, hollow ? new ShardedWeights(some, rank, worldSize) : null));
    }
    this.parameters = Parameters.joined(units.stream().map(Unit::parameters).toList());
  }

  /** Takes all weights that this rank has from a source. */
  void load(TensorSource source) {
    parameters.load(source);
    units.stream()
        .filter(unit -> unit.sharded() != null)
        .forEach(unit -> unit.sharded().load(source));
  }

  /** All of them. */
  Parameters parameters() {
    return parameters;
  }

  /** In their order. */
  List<Unit> units() {
    return units;
  }

  /** Lets go of the slices; the parameters are the model's. */
  @Override
  public void close() {
    units.stream().filter(unit -> unit.sharded() != null).forEach(unit -> unit.sharded().close());
  }
}
