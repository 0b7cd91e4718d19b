package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.checkpoint.SavedValues;
import org.clapperboard.train.checkpoint.Saves;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.config.MemoryConfig;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers in shards against a rank that has all weights and all gradients. */
class ShardedLayersIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(2e-3, 0.9, 0.999, 1e-8, 0.01, 1);
  private static final MemoryConfig WHOLE = memory(Activations.RECOMPUTE, Sharding.OPTIMIZER);
  private static final int STEPS = 20;

  @TempDir private Path temporary;

  /** What learns in a stage. */
  private record Stage(String name, List<Part> train, Map<Part, LoraConfig> lora) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final Stage ALL =
      new Stage(
          "all",
          List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR, Part.LANGUAGE_MODEL),
          Map.of());
  private static final Stage CONNECTOR =
      new Stage("connector", List.of(Part.VISION_CONNECTOR), Map.of());
  private static final Stage ADAPTER =
      new Stage(
          "adapter",
          List.of(Part.VISION_CONNECTOR),
          Map.of(Part.LANGUAGE_MODEL, new LoraConfig(4, 8, 0.1, List.of())));

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static GoldenTraining training(
      Stage stage, Dtype dtype, MemoryConfig memory, Collective ranks) {
    BatchConfig cut = BatchConfig.of(1, 1, BatchConfig.Grouping.NONE);
    return new GoldenTraining(
        FIXTURE, dtype, stage.train, stage.lora, SETTINGS, ranks, cut, memory);
  }

  private Checkpoints checkpoints(String name) {
    Folder folder = Folder.of(temporary.resolve(name).toString(), new Configuration());
    return new Checkpoints(folder, "stage", "inputs", 3);
  }

  /** Trains from the newest checkpoint of a name to a step, and saves what comes of it. */
  private void train(
      String name, Stage stage, Dtype dtype, MemoryConfig memory, int worldSize, long end)
      throws Exception {
    Checkpoints checkpoints = checkpoints(name);
    long from = checkpoints.newest().map(Checkpoints.Found::step).orElse(0L);
    LocalRanks.run(
        worldSize,
        ranks -> {
          try (GoldenTraining training = training(stage, dtype, memory, ranks)) {
            if (from > 0) {
              Saves.restore(checkpoints, training.update().trained());
            }
            training.run(from, end);
            Saves.now(checkpoints, end, "to-" + end, training.update().trained(), ranks);
          }
        });
  }

  /** The values that a checkpoint has of all that trains, by the name of their part. */
  private Map<String, float[]> saved(String name, Stage stage) {
    Map<String, float[]> values = new LinkedHashMap<>();
    Checkpoints checkpoints = checkpoints(name);
    Map<Part, List<ParameterSpec>> specs = GoldenModel.shape(FIXTURE).specs();
    try (SavedValues saved = checkpoints.open(checkpoints.newest().orElseThrow())) {
      for (Part part : stage.train()) {
        List<ParameterSpec> own = specs.get(part);
        values.put(part.key(), GoldenTraining.values(saved.of(part.key(), own), own));
      }
      stage
          .lora()
          .forEach(
              (part, config) -> {
                List<ParameterSpec> own = Lora.specs(config, specs.get(part));
                String adapter = PartWeights.adapter(part);
                values.put(adapter, GoldenTraining.values(saved.of(adapter, own), own));
              });
    }
    return values;
  }

  private static MemoryConfig memory(Activations activations, Sharding sharding) {
    return new MemoryConfig(activations, sharding, 0, OptimizerState.MEMORY);
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void an_optimizers_state_on_disk_changes_no_bit(Dtype dtype) throws Exception {
    for (Sharding sharding : List.of(Sharding.OPTIMIZER, Sharding.PARAMETERS)) {
      MemoryConfig disk = new MemoryConfig(Activations.RECOMPUTE, sharding, 0, OptimizerState.DISK);
      train("memory" + sharding, ALL, dtype, memory(Activations.RECOMPUTE, sharding), 2, 3);
      train("disk" + sharding, ALL, dtype, disk, 2, 2);
      train("disk" + sharding, ALL, dtype, disk, 2, 3);
      Map<String, float[]> expected = saved("memory" + sharding, ALL);
      assertThat(saved("disk" + sharding, ALL)).hasSameSizeAs(expected);
      saved("disk" + sharding, ALL)
          .forEach((name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
    }
  }

  /** How an element is rounded depends on whether it lies at the end of a slice: see SIMD. */
  @ParameterizedTest
  @EnumSource(
      value = Sharding.class,
      names = {"GRADIENTS", "PARAMETERS"})
  void a_step_moves_every_weight_as_on_ranks_that_have_everything(Sharding sharding)
      throws Exception {
    MemoryConfig memory = memory(Activations.RECOMPUTE, sharding);
    train("whole", ALL, Dtype.F32, WHOLE, 3, 1);
    train("shards", ALL, Dtype.F32, memory, 3, 1);
    assertClose(saved("shards", ALL), saved("whole", ALL), 1e-7);
  }

  static Stream<Arguments> shards() {
    return Stream.of(
        Arguments.of(ALL, Dtype.F32, Sharding.GRADIENTS, 2),
        Arguments.of(ALL, Dtype.F32, Sharding.PARAMETERS, 2),
        Arguments.of(ALL, Dtype.F32, Sharding.GRADIENTS, 4),
        Arguments.of(ALL, Dtype.F32, Sharding.PARAMETERS, 4),
        Arguments.of(ALL, Dtype.BF16, Sharding.GRADIENTS, 3),
        Arguments.of(ALL, Dtype.BF16, Sharding.PARAMETERS, 2),
        Arguments.of(CONNECTOR, Dtype.F32, Sharding.PARAMETERS, 2),
        Arguments.of(CONNECTOR, Dtype.BF16, Sharding.PARAMETERS, 3),
        Arguments.of(ADAPTER, Dtype.F32, Sharding.PARAMETERS, 3),
        Arguments.of(ADAPTER, Dtype.BF16, Sharding.PARAMETERS, 2));
  }

  @Tag("full")
  @ParameterizedTest
  @MethodSource("shards")
  void weights_are_those_of_ranks_that_have_everything(
      Stage stage, Dtype dtype, Sharding sharding, int worldSize) throws Exception {
    MemoryConfig memory = memory(Activations.RECOMPUTE, sharding);
    train("whole", stage, dtype, WHOLE, worldSize, STEPS);
    train("shards", stage, dtype, memory, worldSize, STEPS);
    assertClose(saved("shards", stage), saved("whole", stage));
  }

  @Tag("full")
  @Test
  void activations_that_are_kept_change_nothing_where_gradients_are_in_shards() throws Exception {
    train("whole", ALL, Dtype.F32, WHOLE, 2, STEPS);
    MemoryConfig kept = memory(Activations.KEEP, Sharding.GRADIENTS);
    train("kept", ALL, Dtype.F32, kept, 2, STEPS);
    assertClose(saved("kept", ALL), saved("whole", ALL));
  }

  @Tag("full")
  @Test
  void a_run_goes_on_with_other_shards_on_other_ranks() throws Exception {
    train("whole", ALL, Dtype.F32, WHOLE, 2, STEPS);
    train("changed", ALL, Dtype.F32, WHOLE, 2, 5);
    MemoryConfig parameters = memory(Activations.RECOMPUTE, Sharding.PARAMETERS);
    train("changed", ALL, Dtype.F32, parameters, 3, 10);
    MemoryConfig gradients =
        new MemoryConfig(Activations.RECOMPUTE, Sharding.GRADIENTS, 25, OptimizerState.MEMORY);
    train("changed", ALL, Dtype.F32, gradients, 2, 15);
    train("changed", ALL, Dtype.F32, WHOLE, 1, STEPS);
    // Another number of ranks adds in another order, and an update magnifies it.
    assertClose(saved("changed", ALL), saved("whole", ALL), 1e-3);
  }

  private static void assertClose(Map<String, float[]> some, Map<String, float[]> expected) {
    assertClose(some, expected, 1e-6);
  }

  /** Within a share of the largest value of the part. */
  private static void assertClose(
      Map<String, float[]> some, Map<String, float[]> expected, double share) {
    assertThat(some.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, values) -> {
          float[] others = some.get(name);
          double largest = 0;
          double furthest = 0;
          for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
            furthest = Math.max(furthest, Math.abs((double) values[i] - others[i]));
          }
          assertThat(furthest).as(name).isLessThanOrEqualTo(share * largest);
          assertThat(largest).as(name).isPositive();
        });
  }
}
