package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
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

/**
 * A run whose number of ranks changes on its way, each time from a checkpoint of the other number.
 */
class ResizedRunIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final int EACH = 5;

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  /** The losses of some steps on so many ranks, from the newest checkpoint to the next one. */
  private List<Double> train(String folder, int ranks, long from, long end) throws Exception {
    List<Double> losses = Collections.synchronizedList(new ArrayList<>());
    Folder place = Folder.of(temporary.resolve(folder).toString(), new Configuration());
    LocalRanks.run(
        ranks,
        rank -> {
          Checkpoints checkpoints = new Checkpoints(place, "stage", "inputs", 2);
          try (GoldenTraining training =
              new GoldenTraining(
                  FIXTURE,
                  Dtype.F32,
                  List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR, Part.AUDIO_ENCODER),
                  Map.of(Part.LANGUAGE_MODEL, new LoraConfig(4, 8, 0.1, List.of())),
                  new OptimizerConfig(2e-3, 0.9, 0.999, 1e-8, 0.01, 1),
                  rank)) {
            if (from > 0) {
              Saves.restore(checkpoints, training.update().trained());
            }
            training.run(from, end);
            Saves.now(checkpoints, end, "ranks-" + ranks, training.update().trained(), rank);
            if (rank.rank() == 0) {
              losses.addAll(training.losses());
            }
          }
        });
    return losses;
  }

  @Test
  void two_ranks_then_four_then_one_learn_what_one_alone_does() throws Exception {
    List<Double> alone = train("alone", 1, 0, 3 * EACH);
    List<Double> resized = new ArrayList<>(train("resized", 2, 0, EACH));
    resized.addAll(train("resized", 4, EACH, 2 * EACH));
    resized.addAll(train("resized", 1, 2 * EACH, 3 * EACH));
    assertThat(resized).hasSameSizeAs(alone);
    assertThat(alone.get(3 * EACH - 1)).as("learns").isLessThan(0.8 * alone.get(0));
    for (int step = 0; step < 3 * EACH; step++) {
      assertThat(resized.get(step))
          .as("step %s", step)
          .isCloseTo(alone.get(step), within(1e-4 * alone.get(step)));
    }
  }
}
