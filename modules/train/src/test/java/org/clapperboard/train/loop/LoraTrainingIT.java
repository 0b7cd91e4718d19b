package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.Saves;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Adapters of the language model and the audio encoder in the real loop, with dropout. */
class LoraTrainingIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final List<Part> TRAINED = List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR);
  private static final List<Part> FROZEN =
      List.of(Part.VISION_ENCODER, Part.AUDIO_ENCODER, Part.LANGUAGE_MODEL);
  private static final Map<Part, LoraConfig> LORA =
      Map.of(
          Part.LANGUAGE_MODEL, new LoraConfig(4, 8, 0.1, List.of()),
          Part.AUDIO_ENCODER, new LoraConfig(2, 4, 0.2, List.of()));
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(2e-3, 0.9, 0.999, 1e-8, 0.01, 1);
  private static final int STEPS = 8;

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static GoldenTraining training(Dtype dtype, Collective ranks) {
    return new GoldenTraining(FIXTURE, dtype, TRAINED, LORA, SETTINGS, ranks);
  }

  private static List<Double> losses(int worldSize) throws Exception {
    List<Double> losses = Collections.synchronizedList(new ArrayList<>());
    LocalRanks.run(
        worldSize,
        ranks -> {
          try (GoldenTraining training = training(Dtype.F32, ranks).run(0, STEPS)) {
            if (ranks.rank() == 0) {
              losses.addAll(training.losses());
            }
          }
        });
    return losses;
  }

  @Test
  void the_loss_curve_does_not_depend_on_the_number_of_ranks() throws Exception {
    List<Double> alone = losses(1);
    List<Double> shared = losses(2);
    assertThat(alone.get(STEPS - 1)).as("learns").isLessThan(0.9 * alone.get(0));
    for (int step = 0; step < STEPS; step++) {
      assertThat(shared.get(step))
          .as("step %s", step)
          .isCloseTo(alone.get(step), within(1e-4 * alone.get(0)));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void what_is_below_an_adapter_keeps_its_bits_and_the_adapter_learns(Dtype dtype)
      throws Exception {
    LocalRanks.run(
        1,
        ranks -> {
          try (GoldenTraining training = training(dtype, ranks)) {
            Map<String, float[]> before = training.state();
            Map<String, float[]> after = training.run(0, 3).state();
            for (Part part : FROZEN) {
              assertThat(after.get(part.key())).as("%s", part).isEqualTo(before.get(part.key()));
            }
            for (String name : training.update().trained().keySet()) {
              assertThat(after.get(name)).as(name).isNotEqualTo(before.get(name));
            }
            assertThat(training.update().trained())
                .containsOnlyKeys(
                    "vision-connector",
                    "audio-projector",
                    "language-model-adapter",
                    "audio-encoder-adapter");
          }
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void an_interrupted_run_ends_with_the_same_bits(Dtype dtype) throws Exception {
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    LocalRanks.run(
        2,
        ranks -> {
          Checkpoints checkpoints = new Checkpoints(folder, "stage", "inputs", 2);
          try (GoldenTraining first = training(dtype, ranks).run(0, 3)) {
            Saves.now(checkpoints, 3, "attempt-1", first.update().trained(), ranks);
          }
          try (GoldenTraining whole = training(dtype, ranks).run(0, 6);
              GoldenTraining resumed = training(dtype, ranks)) {
            Saves.restore(checkpoints, resumed.update().trained());
            Map<String, float[]> expected = whole.state();
            Map<String, float[]> actual = resumed.run(3, 6).state();
            assertThat(actual.keySet()).isEqualTo(expected.keySet());
            actual.forEach(
                (name, values) -> assertThat(values).as(name).isEqualTo(expected.get(name)));
            assertThat(resumed.losses()).isEqualTo(whole.losses().subList(3, 6));
          }
        });
  }
}
