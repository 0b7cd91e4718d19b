package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.VideoLlama2;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.Tape.Activations;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.Saves;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.config.MemoryConfig;
import org.clapperboard.train.config.ObjectiveConfig.ClosedAnswers;
import org.clapperboard.train.config.Sharding;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.OptimizerState;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Layers that compute on copies of their weights, as they do on a GPU, with host memory standing in
 * for its: what is copied, when and to where is the same, and so must be all bits.
 */
class ElsewhereTrainingIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final List<Part> TRAINED =
      List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR, Part.AUDIO_ENCODER);
  private static final Map<Part, LoraConfig> LORA =
      Map.of(Part.LANGUAGE_MODEL, new LoraConfig(4, 8, 0.1, List.of()));
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(2e-3, 0.9, 0.999, 1e-8, 0.01, 1);
  private static final String HOST = "cpu";

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static GoldenTraining training(
      Dtype dtype, Activations activations, Collective ranks, String device) {
    return training(dtype, activations, ranks, device, OptimizerState.MEMORY);
  }

  private static GoldenTraining training(
      Dtype dtype, Activations activations, Collective ranks, String device, OptimizerState where) {
    MemoryConfig memory = new MemoryConfig(activations, Sharding.OPTIMIZER, 25, where);
    BatchConfig cut = BatchConfig.of(1, 1, BatchConfig.Grouping.NONE);
    return new GoldenTraining(FIXTURE, dtype, TRAINED, LORA, SETTINGS, ranks, cut, memory, device);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, KEEP, 1, MEMORY",
    "F32, RECOMPUTE, 2, MEMORY",
    "BF16, KEEP, 2, MEMORY",
    "F32, KEEP, 1, DEVICE",
    "BF16, KEEP, 1, DEVICE",
    "F32, KEEP, 2, DEVICE",
    "BF16, RECOMPUTE, 2, DEVICE"
  })
  void what_is_learned_on_copies_of_the_weights_is_the_same_to_the_bit(
      Dtype dtype, Activations activations, int worldSize, OptimizerState where) throws Exception {
    LocalRanks.run(
        worldSize,
        ranks -> {
          try (GoldenTraining here = training(dtype, activations, ranks, null);
              GoldenTraining elsewhere = training(dtype, activations, ranks, HOST, where)) {
            Map<String, float[]> before = here.state();
            Map<String, float[]> expected = here.run(0, 4).state();
            Map<String, float[]> actual = elsewhere.run(0, 4).state();
            assertThat(elsewhere.losses()).isEqualTo(here.losses()).doesNotHaveDuplicates();
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            actual.forEach(
                (name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
            assertThat(actual.get("audio-encoder")).isNotEqualTo(before.get("audio-encoder"));
          }
        });
  }

  @ParameterizedTest
  @Tag("gpu")
  @CsvSource({
    "F32, KEEP, MEMORY",
    "F32, RECOMPUTE, MEMORY",
    "BF16, KEEP, MEMORY",
    "F32, KEEP, DEVICE",
    "BF16, KEEP, DEVICE"
  })
  void a_gpu_learns_what_processors_do_within_rounding(
      Dtype dtype, Activations activations, OptimizerState where) throws Exception {
    Optional<String> lacking = TorchEngine.lackingFor(0);
    assumeTrue(lacking.isEmpty(), () -> "No GPU: " + lacking.orElseThrow());
    LocalRanks.run(
        1,
        ranks -> {
          try (GoldenTraining here = training(dtype, activations, ranks, null);
              GoldenTraining there = training(dtype, activations, ranks, "cuda:0", where)) {
            List<Double> expected = here.run(0, 4).losses();
            List<Double> actual = there.run(0, 4).losses();
            double share = dtype == Dtype.F32 ? 1e-3 : 2e-2;
            for (int step = 0; step < expected.size(); step++) {
              assertThat(actual.get(step))
                  .as("step %s", step)
                  .isCloseTo(expected.get(step), within(share * expected.get(0)));
            }
          }
        });
  }

  @ParameterizedTest
  @CsvSource({"MEMORY, 2", "DEVICE, 2", "DEVICE, 1"})
  void layers_see_what_a_checkpoint_has_restored(OptimizerState where, int worldSize)
      throws Exception {
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    LocalRanks.run(
        worldSize,
        ranks -> {
          Checkpoints checkpoints = new Checkpoints(folder, "stage", "inputs", worldSize);
          Dtype dtype = Dtype.BF16;
          Activations kept = Activations.KEEP;
          // What is saved of the copies, and what they begin with.
          try (GoldenTraining first = training(dtype, kept, ranks, HOST, where)) {
            Saves.now(checkpoints, 3, "attempt", first.run(0, 3).update().trained(), ranks);
            try (GoldenTraining resumed = training(dtype, kept, ranks, HOST, where)) {
              // What an update has left on the device gives way, too.
              resumed.run(0, 1);
              Saves.restore(checkpoints, resumed.update().trained());
              resumed.run(3, 6);
              first.run(3, 6);
              assertThat(resumed.losses().subList(1, 4)).isEqualTo(first.losses().subList(3, 6));
              Map<String, float[]> expected = first.state();
              resumed
                  .state()
                  .forEach(
                      (name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
            }
          }
        });
  }

  @Test
  void heads_that_are_thrown_away_are_where_their_encoder_is() throws Exception {
    LocalRanks.run(
        1,
        ranks -> {
          Map<String, float[]> here = closedAnswers(ranks, null);
          assertThat(here).containsOnlyKeys("before", "vision-encoder", "heads");
          assertThat(here.get("vision-encoder")).isNotEqualTo(here.get("before"));
          closedAnswers(ranks, HOST)
              .forEach((name, values) -> assertThat(values).as(name).isEqualTo(here.get(name)));
        });
  }

  /** Two steps of an encoder that learns to tell two answers apart. */
  private static Map<String, float[]> closedAnswers(Collective ranks, String device) {
    Map<String, float[]> values = new TreeMap<>();
    ClosedAnswers settings = new ClosedAnswers(1, Map.of());
    try (VideoLlama2 model = GoldenModel.load(FIXTURE)) {
      Parameters encoder = model.parameters().get(Part.VISION_ENCODER);
      values.put("before", GoldenTraining.values(encoder, encoder.specs()));
      Map<Part, Parameters> parts = new EnumMap<>(model.parameters());
      if (device != null) {
        parts.values().forEach(part -> part.computeOn(device));
      }
      // Layers take their tensors when they are made.
      VideoLlama2 placed = VideoLlama2.of(model.config(), parts);
      try (Objective objective =
              new ClosedAnswerObjective(
                  placed,
                  Part.VISION_ENCODER,
                  settings,
                  Map.of("which ?", List.of("a", "b")),
                  Activations.KEEP,
                  1,
                  device);
          ShardedUpdate update =
              ShardedUpdate.of(
                  Map.of(
                      "vision-encoder", encoder, "heads", objective.ownParameters().orElseThrow()),
                  ranks,
                  SETTINGS,
                  name -> SETTINGS,
                  name -> true)) {
        for (int step = 0; step < 2; step++) {
          update.begin(step);
          objective.backward(step, List.of(new MicroBatch(List.of(pictures()), 0, 0)), update);
          update.reduce(step);
          update.clip(step, 2);
          update.apply(step, 1);
        }
        update
            .trained()
            .forEach(
                (name, optimizer) ->
                    values.put(
                        name,
                        GoldenTraining.values(
                            optimizer.parameters(), optimizer.parameters().specs())));
      }
    }
    return values;
  }

  /** The clips of the fixture, each with an answer. */
  private static List<Item> pictures() {
    List<Item> items = new ArrayList<>();
    for (Item item : GoldenModel.batch(FIXTURE)) {
      if (item.example().media().stream().anyMatch(media -> media.clip() != null)) {
        String answer = items.size() % 2 == 0 ? "a" : "b";
        items.add(
            new Item(
                item.place(),
                item.stream(),
                0,
                item.sampleId(),
                item.dataset(),
                item.modality(),
                List.of(new Exchange("which ?", answer)),
                item.example()));
      }
    }
    return items;
  }
}
