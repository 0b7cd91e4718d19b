package org.clapperboard.train.loop;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.collective.Collective;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.PartWeights;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.config.MemoryConfig;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.clapperboard.train.optimizer.StateRoom;

/** The model of a fixture in some type, trained on the fixture's batch again and again. */
final class GoldenTraining implements AutoCloseable {
  private final Fixture fixture;
  private final Collective ranks;
  private final VideoLlama2 model;
  private final ShardedUpdate update;
  private final BatchConfig cut;
  private final int skipAtMost;
  private final Activations activations;
  private final List<Double> losses = new ArrayList<>();
  private final List<StepMetrics.Skips> skips = new ArrayList<>();
  private final Map<Integer, Double> lastBySample = new TreeMap<>();

  /** A training of some parts and of adapters of others, one sample after the other. */
  GoldenTraining(
      Fixture fixture,
      Dtype dtype,
      List<Part> train,
      Map<Part, LoraConfig> lora,
      OptimizerConfig settings,
      Collective ranks) {
    this(
        fixture,
        dtype,
        train,
        lora,
        settings,
        ranks,
        BatchConfig.of(1, 1, BatchConfig.Grouping.NONE));
  }

  /** The same, its steps cut so. */
  GoldenTraining(
      Fixture fixture,
      Dtype dtype,
      List<Part> train,
      Map<Part, LoraConfig> lora,
      OptimizerConfig settings,
      Collective ranks,
      BatchConfig cut) {
    this(fixture, dtype, train, lora, settings, ranks, cut, MemoryConfig.defaults());
  }

  /** The same with another use of memory. */
  GoldenTraining(
      Fixture fixture,
      Dtype dtype,
      List<Part> train,
      Map<Part, LoraConfig> lora,
      OptimizerConfig settings,
      Collective ranks,
      BatchConfig cut,
      MemoryConfig memory) {
    this(fixture, dtype, train, lora, settings, ranks, cut, memory, null);
  }

  /** The same where layers compute on a device, or see no copy, if it is null. */
  GoldenTraining(
      Fixture fixture,
      Dtype dtype,
      List<Part> train,
      Map<Part, LoraConfig> lora,
      OptimizerConfig settings,
      Collective ranks,
      BatchConfig cut,
      MemoryConfig memory,
      String device) {
    this.activations = memory.activations();
    this.cut = cut;
    this.skipAtMost = settings.skipAtMost();
    this.fixture = fixture;
    this.ranks = ranks;
    Map<String, Parameters> trained = new LinkedHashMap<>();
    Map<String, TensorSource> origins = new LinkedHashMap<>();
    LayerShards[] shards = new LayerShards[1];
    try (VideoLlama2 origin = GoldenModel.load(fixture)) {
      Map<Part, Parameters> parts = new EnumMap<>(Part.class);
      Map<Part, Lora> adapters = new EnumMap<>(Part.class);
      origin
          .parameters()
          .forEach(
              (part, parameters) -> {
                if (part == Part.LANGUAGE_MODEL && memory.sharding() != Sharding.OPTIMIZER) {
                  shards[0] =
                      new LayerShards(
                          parameters.specs(), dtype, memory, ranks.rank(), ranks.worldSize());
                  shards[0].load(parameters);
                  parts.put(part, shards[0].parameters());
                } else {
                  parts.put(part, copy(parameters, dtype));
                }
                if (train.contains(part)) {
                  trained.put(part.key(), parts.get(part));
                  origins.put(part.key(), parameters);
                }
              });
      lora.forEach(
          (part, config) -> {
            Parameters fresh = Parameters.allocate(Lora.specs(config, parts.get(part).specs()));
            fresh.initialise(1);
            adapters.put(part, new Lora(config, copy(fresh, dtype)));
            trained.put(PartWeights.adapter(part), adapters.get(part).parameters());
            origins.put(PartWeights.adapter(part), fresh);
          });
      if (device != null) {
        parts.values().forEach(parameters -> parameters.computeOn(device));
        adapters.values().forEach(adapter -> adapter.parameters().computeOn(device));
      }
      model = VideoLlama2.of(origin.config(), parts, adapters);
      update =
          ShardedUpdate.of(
              trained,
              shards[0],
              StateRoom.of(memory.optimizerState(), Path.of(System.getProperty("java.io.tmpdir"))),
              ranks,
              settings,
              name -> settings,
              name -> !name.endsWith("bias"));
      if (dtype == Dtype.BF16) {
        update
            .trained()
            .forEach(
                (name, optimizer) ->
                    optimizer.startFrom(origins.get(Checkpoints.parameters(name))));
      }
    }
  }

  private static Parameters copy(Parameters parameters, Dtype dtype) {
    Parameters copy = Parameters.allocate(parameters.specs(), dtype);
    copy.load(parameters);
    return copy;
  }

  GoldenTraining run(long from, long end) throws IOException {
    List<Item> batch = GoldenModel.batch(fixture);
    int rows = batch.size();
    return run(
        from,
        end,
        new Same(
            batch.subList(
                rows * ranks.rank() / ranks.worldSize(),
                rows * (ranks.rank() + 1) / ranks.worldSize())));
  }

  /** The same with other samples. */
  GoldenTraining run(long from, long end, TrainingLoop.Batches batches) throws IOException {
    try (Objective objective = new AnswerObjective(model, activations)) {
      new TrainingLoop(
              batches,
              objective,
              update,
              step -> 1,
              ranks,
              this::record,
              new MicroBatches(cut, objective::length),
              new StepSums(List.of(), item -> 0, () -> false),
              new SkippedSteps(ranks, skipAtMost, from - update.steps()),
              1)
          .run(from, end);
    }
    return this;
  }

  private void record(StepMetrics step, List<Item> items, List<Objective.SampleLoss> some) {
    losses.add(step.loss());
    skips.add(step.skips());
    for (int i = 0; i < items.size(); i++) {
      lastBySample.put(items.get(i).place(), some.get(i).sum());
    }
  }

  /** The loss of each sample in the last step, by its place. */
  Map<Integer, Double> lastBySample() {
    return lastBySample;
  }

  VideoLlama2 model() {
    return model;
  }

  ShardedUpdate update() {
    return update;
  }

  /** The loss of each step so far. */
  List<Double> losses() {
    return losses;
  }

  /** What was said of each step so far. */
  List<StepMetrics.Skips> skips() {
    return skips;
  }

  /** All values of all parts and adapters, and the masters of this rank. */
  Map<String, float[]> state() {
    Map<String, float[]> state = new LinkedHashMap<>();
    // What is updated on a device comes to host memory when it is asked for.
    update.trained().values().forEach(ShardedAdamW::state);
    model.parameters().forEach((part, some) -> state.put(part.key(), values(some, some.specs())));
    model
        .adapters()
        .forEach(
            (part, lora) ->
                state.put(
                    PartWeights.adapter(part),
                    values(lora.parameters(), lora.parameters().specs())));
    update
        .trained()
        .forEach(
            (name, optimizer) -> {
              FloatBuffer masters = FloatBuffer.allocate((int) optimizer.values().count());
              optimizer.values().read(0, masters);
              state.put("masters of " + name, masters.array());
            });
    return state;
  }

  static float[] values(TensorSource source, List<ParameterSpec> specs) {
    FloatBuffer all =
        FloatBuffer.allocate((int) specs.stream().mapToLong(ParameterSpec::elements).sum());
    for (ParameterSpec spec : specs) {
      source.read(spec.name(), all.slice(all.position(), (int) spec.elements()));
      all.position(all.position() + (int) spec.elements());
    }
    return all.array();
  }

  @Override
  public void close() {
    update.close();
    model.close();
  }

  /** The same samples in every step. */
  private record Same(List<Item> next) implements TrainingLoop.Batches {
    @Override
    public double waitedSeconds() {
      return 0;
    }
  }
}
