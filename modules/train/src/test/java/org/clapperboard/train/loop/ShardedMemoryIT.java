package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clapperboard.collective.Collective;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.testing.MeasuredProcess;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.config.MemoryConfig;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;
import org.clapperboard.train.optimizer.StateRoom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the layers of a language model take of a rank's memory while it takes a step, seen from
 * outside a process that holds all ranks.
 */
@Tag("full")
class ShardedMemoryIT {
  private static final int FEW = 10;
  private static final int MANY = 40;
  private static final int SIDE = 1024;

  /** What is freed goes back to the system, as with layers of true size, where it would anyway. */
  private static final Map<String, String> NO_HOLES = Map.of("MALLOC_MMAP_THRESHOLD_", "131072");

  /** All ranks together take what one does times their number: each has its slices. */
  @ParameterizedTest
  @CsvSource({
    "F32, GRADIENTS, 2, 10",
    "F32, PARAMETERS, 2, 8",
    "F32, PARAMETERS, 4, 4",
    "BF16, GRADIENTS, 2, 10",
    "BF16, PARAMETERS, 4, 4.5"
  })
  void bytes_for_each_parameter_of_a_layer_are_those_that_plan_counts(
      Dtype dtype, Sharding sharding, int ranks, double each) throws Exception {
    double taken = peak(dtype, sharding, ranks, MANY) - peak(dtype, sharding, ranks, FEW);
    double parameters = (double) (MANY - FEW) * SIDE * SIDE;
    assertThat(taken / ranks / parameters).isCloseTo(each, within(0.15 * each));
  }

  private static double peak(Dtype dtype, Sharding sharding, int ranks, int layers)
      throws Exception {
    return MeasuredProcess.growth(
        ShardedMemoryIT.class,
        NO_HOLES,
        dtype.name(),
        sharding.name(),
        Integer.toString(ranks),
        Integer.toString(layers));
  }

  /** All ranks of some, and a step. Prints by how much the process has grown at most. */
  public static void main(String[] arguments) throws IOException {
    TorchEngine.start(1);
    Dtype dtype = Dtype.valueOf(arguments[0]);
    Sharding sharding = Sharding.valueOf(arguments[1]);
    int ranks = Integer.parseInt(arguments[2]);
    int layers = Integer.parseInt(arguments[3]);
    // What is loaded late is loaded before.
    run(dtype, sharding, ranks, 2, 16);
    MeasuredProcess.printGrowth(() -> run(dtype, sharding, ranks, layers, SIDE));
  }

  private static void run(Dtype dtype, Sharding sharding, int worldSize, int layers, int side) {
    try {
      LocalRanks.run(worldSize, ranks -> step(dtype, sharding, ranks, layers, side));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A step without samples: weights come and go, gradients stay zero. */
  private static void step(Dtype dtype, Sharding sharding, Collective ranks, int layers, int side) {
    List<ParameterSpec> specs = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      specs.add(ParameterSpec.constant("model.layers." + i + ".weight", 1, side, side));
    }
    OptimizerConfig settings = new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0.1, 1);
    MemoryConfig memory =
        new MemoryConfig(Activations.RECOMPUTE, sharding, 0, OptimizerState.MEMORY);
    LayerShards shards = new LayerShards(specs, dtype, memory, ranks.rank(), ranks.worldSize());
    shards.load(FreshStart.of(specs, 1));
    try (ShardedUpdate update =
        ShardedUpdate.of(
            Map.of("language-model", shards.parameters()),
            shards,
            StateRoom.memory(),
            ranks,
            settings,
            name -> settings,
            name -> true)) {
      if (dtype == Dtype.BF16) {
        update.trained().values().forEach(some -> some.startFrom(FreshStart.of(specs, 1)));
      }
      update.begin(0);
      for (int layer = 0; layer < layers; layer++) {
        update.layers().forward(layer);
      }
      for (int layer = layers - 1; layer >= 0; layer--) {
        update.layers().backward(layer);
        update.collect(layer);
        update.layers().done(layer);
      }
      update.layers().finish();
      update.reduce(0);
      update.clip(0, 1);
      update.apply(0, 1);
    }
    shards.parameters().close();
  }
}
