package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.SavedValues;
import org.clapperboard.train.checkpoint.Saves;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Training in bfloat16 through the real loop. */
class BfloatTrainingIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final List<Part> TRAINED =
      List.of(Part.VISION_CONNECTOR, Part.AUDIO_ENCODER, Part.AUDIO_PROJECTOR, Part.LANGUAGE_MODEL);
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(5e-4, 0.9, 0.999, 1e-8, 0.01, 1);

  /**
   * Share of the first loss that a later one may be off. Logits are off by about one part in a
   * hundred. Adam's first updates are as long as the learning rate however small the gradient, so a
   * gradient that is mostly rounding may move its weight the other way, and the curve falls by half
   * in six steps.
   */
  private static final double CURVE = 0.02;

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  /** All that answers teach, in some type. */
  private static GoldenTraining training(Dtype dtype, Collective ranks) {
    return new GoldenTraining(FIXTURE, dtype, TRAINED, Map.of(), SETTINGS, ranks);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void the_loss_follows_the_curve_of_float32(int worldSize) throws Exception {
    LocalRanks.run(
        worldSize,
        ranks -> {
          try (GoldenTraining whole = training(Dtype.F32, ranks).run(0, 15);
              GoldenTraining half = training(Dtype.BF16, ranks).run(0, 15)) {
            assertThat(half.losses()).as("rounded").isNotEqualTo(whole.losses());
            assertThat(whole.losses().get(14)).as("learns").isLessThan(0.8 * whole.losses().get(0));
            for (int step = 0; step < 15; step++) {
              double expected = whole.losses().get(step);
              assertThat(half.losses().get(step))
                  .as("step %s", step)
                  .isCloseTo(expected, within(CURVE * whole.losses().get(0)));
            }
          }
        });
  }

  @Test
  void frozen_parts_stay_and_the_weights_at_the_end_are_the_masters_of_all_ranks()
      throws Exception {
    LocalRanks.run(
        2,
        ranks -> {
          try (GoldenTraining half = training(Dtype.BF16, ranks)) {
            Map<String, float[]> before = half.state();
            Map<String, float[]> after = half.run(0, 3).state();
            assertThat(after.get("vision-encoder")).isEqualTo(before.get("vision-encoder"));
            Checkpoints checkpoints =
                new Checkpoints(
                    Folder.of(temporary.toString(), new Configuration()), "stage", "inputs", 2);
            Saves.now(checkpoints, 3, "attempt", half.update().trained(), ranks);
            try (SavedValues saved = checkpoints.open(checkpoints.newest().orElseThrow())) {
              half.update()
                  .trained()
                  .forEach(
                      (name, optimizer) -> {
                        TensorSource source = saved.of(name, optimizer.parameters().specs());
                        compare(half, name, source, before, after, ranks.rank());
                      });
            }
          }
        });
  }

  private static void compare(
      GoldenTraining half,
      String name,
      TensorSource source,
      Map<String, float[]> before,
      Map<String, float[]> after,
      int rank) {
    ShardedAdamW optimizer = half.update().trained().get(name);
    float[] all = GoldenTraining.values(source, optimizer.parameters().specs());
    float[] own = after.get("masters of " + name);
    int start = (int) optimizer.slices().start(rank);
    assertThat(java.util.Arrays.copyOfRange(all, start, start + own.length))
        .as(name)
        .isEqualTo(own)
        .isNotEqualTo(before.get("masters of " + name));
    // Rounded, they are what the model has.
    try (Parameters rounded = Parameters.allocate(optimizer.parameters().specs(), Dtype.BF16)) {
      rounded.load(source);
      assertThat(GoldenTraining.values(rounded, rounded.specs()))
          .as(name)
          .isEqualTo(after.get(name))
          .isNotEqualTo(all);
    }
  }

  @Test
  void an_interrupted_run_ends_with_the_same_bits() throws Exception {
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    LocalRanks.run(
        2,
        ranks -> {
          Checkpoints checkpoints = new Checkpoints(folder, "stage", "inputs", 2);
          try (GoldenTraining first = training(Dtype.BF16, ranks).run(0, 3)) {
            Saves.now(checkpoints, 3, "attempt-1", first.update().trained(), ranks);
          }
          try (GoldenTraining whole = training(Dtype.BF16, ranks).run(0, 6);
              GoldenTraining resumed = training(Dtype.BF16, ranks)) {
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

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void a_step_that_is_not_finite_is_not_taken_and_names_its_samples(Dtype dtype) throws Exception {
    LocalRanks.run(
        1,
        ranks -> {
          try (GoldenTraining broken = training(dtype, ranks)) {
            // Finite weights, as a load demands; what they make of their input is not.
            Parameters language = broken.model().parameters().get(Part.LANGUAGE_MODEL);
            float[] large = new float[16];
            java.util.Arrays.fill(large, 3e38f);
            language.elements("model.norm.weight").write(0, FloatBuffer.wrap(large));
            float[] before = GoldenTraining.values(language, language.specs());
            assertThatThrownBy(() -> broken.run(0, 1))
                .isInstanceOf(BadData.class)
                .hasMessageStartingWith(
                    "Cannot take step 0: its loss is not a number. Samples: golden/row-0, ")
                .hasMessageEndingWith(
                    " Skipped before: 0 of at most 0 (optimizer.skip-at-most). Look at these samples,"
                        + " or set it higher and start again.");
            assertThat(GoldenTraining.values(language, language.specs())).isEqualTo(before);
          }
        });
  }
}
