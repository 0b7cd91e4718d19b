package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.model.Part;
import org.clapperboard.model.adapter.LoraConfig;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.config.BatchConfig;
import org.clapperboard.train.config.BatchConfig.Grouping;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** However a step is cut into ranks, micro-batches and packed rows, the loop learns the same. */
class CutsTrainingIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(2e-3, 0.9, 0.999, 1e-8, 0.01, 1);
  private static final int STEPS = 6;

  private static Curve alone;

  @BeforeAll
  static void oneSampleAfterTheOther() throws Exception {
    TorchEngine.start(1);
    alone = curve(1, BatchConfig.of(1, 1, Grouping.NONE));
  }

  /** The loss of each step, and of each sample in the last. */
  private record Curve(List<Double> losses, Map<Integer, Double> samples) {}

  private static Curve curve(int ranks, BatchConfig cut) throws Exception {
    List<Double> losses = Collections.synchronizedList(new ArrayList<>());
    Map<Integer, Double> samples = Collections.synchronizedMap(new TreeMap<>());
    LocalRanks.run(
        ranks,
        rank -> {
          Map<Part, LoraConfig> lora =
              Map.of(
                  Part.LANGUAGE_MODEL, new LoraConfig(4, 8, 0.1, List.of()),
                  Part.AUDIO_ENCODER, new LoraConfig(2, 4, 0.2, List.of()));
          List<Part> trained = List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR);
          try (GoldenTraining training =
              new GoldenTraining(FIXTURE, Dtype.F32, trained, lora, SETTINGS, rank, cut)) {
            training.run(0, STEPS);
            samples.putAll(training.lastBySample());
            if (rank.rank() == 0) {
              losses.addAll(training.losses());
            }
          }
        });
    return new Curve(losses, samples);
  }

  static List<Object[]> cuts() {
    int rows = GoldenModel.batch(FIXTURE).size();
    List<Object[]> cuts = new ArrayList<>();
    for (int ranks : new int[] {1, 2}) {
      cuts.add(new Object[] {ranks, BatchConfig.of(rows, 2, Grouping.LENGTH)});
      cuts.add(new Object[] {ranks, BatchConfig.of(rows, rows, Grouping.NONE)});
      cuts.add(new Object[] {ranks, new BatchConfig(rows, 1, Grouping.LENGTH, true, 4096)});
      cuts.add(new Object[] {ranks, new BatchConfig(rows, 2, Grouping.LENGTH, true, 60)});
    }
    return cuts;
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void the_loss_curve_is_that_of_one_sample_after_the_other(int ranks, BatchConfig cut)
      throws Exception {
    int rows = GoldenModel.batch(FIXTURE).size();
    assertThat(alone.losses().get(STEPS - 1)).isLessThan(0.95 * alone.losses().get(0));
    Curve other = curve(ranks, cut);
    for (int step = 0; step < STEPS; step++) {
      assertThat(other.losses().get(step))
          .as("step %s", step)
          .isCloseTo(alone.losses().get(step), within(1e-4 * alone.losses().get(0)));
    }
    assertThat(other.samples()).hasSize(rows).containsOnlyKeys(alone.samples().keySet());
    alone
        .samples()
        .forEach(
            (place, loss) ->
                assertThat(other.samples().get(place))
                    .as("sample %s", place)
                    .isCloseTo(loss, within(1e-3 * Math.abs(loss) + 1e-6)));
  }
}
