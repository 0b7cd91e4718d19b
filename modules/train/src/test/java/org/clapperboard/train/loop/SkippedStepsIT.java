package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.collective.Collective;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Clip;
import org.clapperboard.model.Example.Media;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.testing.GoldenFixtures;
import org.clapperboard.testing.GoldenFixtures.Fixture;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.Saves;
import org.clapperboard.train.metrics.StepMetrics.Skips;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps with a sample whose pixels are not numbers, through the real loop on two ranks. */
class SkippedStepsIT {
  private static final Fixture FIXTURE =
      GoldenFixtures.chosen().startingWith("12_e2e_av_qwen2_beats").get(0);
  private static final List<Part> TRAINED = List.of(Part.VISION_CONNECTOR, Part.AUDIO_PROJECTOR);
  private static final String BLAMED = "its loss is not a number. Samples: golden/row-0.";

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static GoldenTraining training(Collective ranks, int skipAtMost) {
    OptimizerConfig settings =
        new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0.01, 1, skipAtMost, 1, Map.of());
    return new GoldenTraining(FIXTURE, Dtype.F32, TRAINED, Map.of(), settings, ranks);
  }

  /** Every rank's share of the fixture's batch; rank 0 has a spoiled clip in some steps. */
  private static final class Spoiled implements TrainingLoop.Batches {
    private final Collective ranks;
    private final Set<Long> spoiled;
    private long step;

    Spoiled(Collective ranks, long first, Set<Long> spoiled) {
      this.ranks = ranks;
      this.step = first;
      this.spoiled = spoiled;
    }

    @Override
    public List<Item> next() {
      List<Item> batch = GoldenModel.batch(FIXTURE);
      int each = batch.size() / ranks.worldSize();
      List<Item> own =
          new ArrayList<>(batch.subList(each * ranks.rank(), each * (ranks.rank() + 1)));
      if (spoiled.contains(step++) && ranks.rank() == 0) {
        own.set(0, spoil(own.get(0)));
      }
      return own;
    }

    private static Item spoil(Item item) {
      Example example = item.example();
      Media medium = example.media().get(0);
      FloatBuffer pixels = FloatBuffer.allocate(medium.clip().pixels().remaining());
      pixels.put(medium.clip().pixels().duplicate()).flip();
      pixels.put(5, Float.NaN);
      Media other = new Media(new Clip(pixels, medium.clip().frames()), medium.bank());
      return new Item(
          item.place(),
          item.stream(),
          item.epoch(),
          item.sampleId(),
          item.dataset(),
          item.modality(),
          item.exchanges(),
          new Example(example.ids(), example.labels(), List.of(other)));
    }

    @Override
    public double waitedSeconds() {
      return 0;
    }
  }

  @Test
  void a_skipped_step_leaves_weights_and_optimizer_as_if_it_had_never_been() throws Exception {
    LocalRanks.run(
        2,
        ranks -> {
          try (GoldenTraining skipping = training(ranks, 2);
              GoldenTraining without = training(ranks, 0)) {
            skipping.run(0, 4, new Spoiled(ranks, 0, Set.of(1L)));
            without.run(0, 3, new Spoiled(ranks, 0, Set.of()));
            without
                .state()
                .forEach(
                    (name, values) ->
                        assertThat(skipping.state().get(name)).as(name).isEqualTo(values));
            String said = "step 1 was not taken: " + BLAMED;
            assertThat(skipping.skips())
                .containsExactly(
                    new Skips(false, 0, null),
                    new Skips(true, 1, said),
                    new Skips(false, 1, said),
                    new Skips(false, 1, said));
            assertThat(skipping.losses().get(1)).isNaN();
          }
        });
  }

  @Test
  void one_more_than_allowed_ends_the_stage_and_names_its_samples_on_all_ranks() throws Exception {
    LocalRanks.run(
        2,
        ranks -> {
          try (GoldenTraining skipping = training(ranks, 1)) {
            assertThatThrownBy(() -> skipping.run(0, 4, new Spoiled(ranks, 0, Set.of(0L, 2L))))
                .isInstanceOf(BadData.class)
                .hasMessage(
                    "Cannot take step 2: "
                        + BLAMED
                        + " Skipped before: 1 of at most 1 (optimizer.skip-at-most). Look at these"
                        + " samples, or set it higher and start again.");
          }
        });
  }

  @Test
  void skips_are_counted_on_after_a_checkpoint_and_the_bits_stay_those_of_one_run()
      throws Exception {
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    LocalRanks.run(
        2,
        ranks -> {
          Checkpoints checkpoints = new Checkpoints(folder, "stage", "inputs", 2);
          try (GoldenTraining whole = training(ranks, 2);
              GoldenTraining resumed = training(ranks, 2)) {
            whole.run(0, 2, new Spoiled(ranks, 0, Set.of(1L)));
            Saves.now(checkpoints, 2, "attempt-1", whole.update().trained(), ranks);
            whole.run(2, 5, new Spoiled(ranks, 2, Set.of(3L)));
            Saves.restore(checkpoints, resumed.update().trained());
            resumed.run(2, 5, new Spoiled(ranks, 2, Set.of(3L)));
            assertThat(resumed.skips().get(2).count()).isEqualTo(2);
            whole
                .state()
                .forEach(
                    (name, values) ->
                        assertThat(resumed.state().get(name)).as(name).isEqualTo(values));
          }
        });
  }
}
