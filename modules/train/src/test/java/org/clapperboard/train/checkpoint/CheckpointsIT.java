package org.clapperboard.train.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.Slices;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.DamagedCheckpoint;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Elements;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.TensorSource;
import org.clapperboard.train.LocalRanks;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointsIT {
  private static final OptimizerConfig SETTINGS =
      new OptimizerConfig(1e-2, 0.9, 0.999, 1e-8, 0.1, 1);

  @TempDir private Path temporary;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private Checkpoints checkpoints(String inputs, int keep) {
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    return new Checkpoints(folder, "stage2", inputs, keep);
  }

  private Checkpoints checkpoints() {
    return checkpoints("inputs", 2);
  }

  /** What trains on one rank: two parts of odd sizes, so that slices cut through parameters. */
  private static final class State implements AutoCloseable {
    private final Map<String, ShardedAdamW> trained = new LinkedHashMap<>();
    private final int ranks;

    State(int rank, int ranks) {
      this(rank, ranks, Dtype.F32);
    }

    State(int rank, int ranks, Dtype dtype) {
      this.ranks = ranks;
      for (Map.Entry<String, Integer> part : Map.of("big", 7, "small", 3).entrySet()) {
        Parameters parameters =
            Parameters.allocate(
                List.of(
                    ParameterSpec.normal(part.getKey() + ".weight", 1, part.getValue(), 5),
                    ParameterSpec.normal(part.getKey() + ".bias", 1, part.getValue())),
                dtype);
        Slices slices = ShardedAdamW.slices(parameters, ranks);
        trained.put(
            part.getKey(),
            new ShardedAdamW(parameters, slices, rank, SETTINGS, name -> !name.endsWith("bias")));
      }
    }

    /** Steps on gradients that are the same for any number of ranks, and gathers by itself. */
    State after(int steps) {
      for (ShardedAdamW optimizer : trained.values()) {
        TensorSource start = FreshStart.of(optimizer.parameters().specs(), 1);
        optimizer.parameters().load(start);
        optimizer.startFrom(start);
        optimizer.first().write(0, FloatBuffer.allocate((int) optimizer.first().count()));
        optimizer.second().write(0, FloatBuffer.allocate((int) optimizer.second().count()));
        optimizer.resumeAt(0);
      }
      step(0, steps);
      return this;
    }

    void step(int from, int end) {
      for (int step = from; step < end; step++) {
        for (ShardedAdamW optimizer : trained.values()) {
          FloatBuffer gradients = optimizer.gradientPieces().get(0).bytes().asFloatBuffer();
          for (int i = 0; i < gradients.capacity(); i++) {
            gradients.put(i, (float) Math.sin(step * 31 + i * 7));
          }
          optimizer.step(1);
        }
      }
    }

    float[] values(String part) {
      Parameters parameters = trained.get(part).parameters();
      FloatBuffer values = FloatBuffer.allocate((int) parameters.elements());
      Elements.of(parameters.flat(), parameters.dtype()).read(0, values);
      return values.array();
    }

    /** The values of this rank's slice. */
    float[] own(String part, int rank) {
      Slices slices = trained.get(part).slices();
      int start = (int) slices.start(rank);
      return java.util.Arrays.copyOfRange(values(part), start, start + (int) slices.length(rank));
    }

    int ranks() {
      return ranks;
    }

    @Override
    public void close() {
      trained
          .values()
          .forEach(
              optimizer -> {
                optimizer.close();
                optimizer.parameters().close();
              });
    }
  }

  private void save(int ranks, int steps, String attempt, Checkpoints into) throws Exception {
    save(ranks, steps, attempt, into, Dtype.F32);
  }

  private void save(int ranks, int steps, String attempt, Checkpoints into, Dtype dtype)
      throws Exception {
    LocalRanks.run(
        ranks,
        own -> {
          try (State state = new State(own.rank(), ranks, dtype).after(steps)) {
            Saves.now(into, steps, attempt, state.trained, own);
          }
        });
  }

  private Path file(String name) {
    return temporary.resolve(name);
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void a_state_goes_on_as_if_nothing_had_happened_on_any_number_of_ranks(Dtype dtype)
      throws Exception {
    save(2, 4, "attempt-1", checkpoints(), dtype);
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    assertThat(found.step()).isEqualTo(4);
    try (State uninterrupted = new State(0, 1, dtype).after(7)) {
      for (int ranks : new int[] {1, 2, 3}) {
        for (int rank = 0; rank < ranks; rank++) {
          try (State state = new State(rank, ranks, dtype)) {
            checkpoints().restore(found, Saves.position(found.step()), state.trained);
            state.step(4, 7);
            for (String part : List.of("big", "small")) {
              Slices slices = state.trained.get(part).slices();
              float[] expected =
                  java.util.Arrays.copyOfRange(
                      uninterrupted.values(part),
                      (int) slices.start(rank),
                      (int) (slices.start(rank) + slices.length(rank)));
              assertThat(state.own(part, rank))
                  .as("%s of rank %s of %s", part, rank, state.ranks())
                  .isEqualTo(expected);
              FloatBuffer masters = FloatBuffer.allocate(expected.length);
              state.trained.get(part).values().read(0, masters);
              FloatBuffer whole = FloatBuffer.allocate(uninterrupted.values(part).length);
              uninterrupted.trained.get(part).values().read(0, whole);
              int start = (int) slices.start(rank);
              assertThat(masters.flip()).isEqualTo(whole.slice(start, expected.length));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void restoring_brings_all_values_also_those_of_other_slices(Dtype dtype) throws Exception {
    save(1, 3, "attempt-1", checkpoints(), dtype);
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    try (State saved = new State(0, 1, dtype).after(3);
        State state = new State(1, 2, dtype)) {
      checkpoints().restore(found, Saves.position(found.step()), state.trained);
      assertThat(state.values("big")).isEqualTo(saved.values("big"));
      assertThat(state.values("small")).isEqualTo(saved.values("small"));
      assertThat(state.trained.get("big").steps()).isEqualTo(3);
    }
  }

  @Test
  void without_a_manifest_there_is_no_checkpoint() throws Exception {
    assertThat(checkpoints().newest()).isEmpty();
    save(2, 4, "attempt-1", checkpoints());
    save(2, 8, "attempt-1", checkpoints());
    Files.delete(file("step-000008.json"));
    assertThat(checkpoints().newest()).map(Checkpoints.Found::step).isEqualTo(Optional.of(4L));
    // What a kill while the manifest is written leaves behind has another name.
    Files.writeString(file(".step-000009.json.0b8e"), "{\"stage\":");
    assertThat(checkpoints().newest()).map(Checkpoints.Found::step).isEqualTo(Optional.of(4L));
  }

  @Test
  void a_torn_manifest_is_no_checkpoint() throws Exception {
    save(1, 4, "attempt-1", checkpoints());
    save(1, 8, "attempt-1", checkpoints());
    Path manifest = file("step-000008.json");
    String whole = Files.readString(manifest);
    for (String torn : List.of("", "null", "{}", whole.substring(0, whole.length() / 2))) {
      Files.writeString(manifest, torn);
      assertThat(checkpoints().newest())
          .as("manifest %s", torn)
          .map(Checkpoints.Found::step)
          .isEqualTo(Optional.of(4L));
    }
  }

  @Test
  void a_checkpoint_whose_file_is_gone_or_short_is_passed_over() throws Exception {
    save(2, 4, "attempt-1", checkpoints());
    save(2, 8, "attempt-1", checkpoints());
    Path rank = file("attempt-1/step-000008/rank-1.safetensors");
    byte[] bytes = Files.readAllBytes(rank);
    Files.write(rank, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(checkpoints().newest()).map(Checkpoints.Found::step).isEqualTo(Optional.of(4L));
    Files.delete(rank);
    assertThat(checkpoints().newest()).map(Checkpoints.Found::step).isEqualTo(Optional.of(4L));
  }

  @Test
  void a_checkpoint_that_was_passed_over_is_written_again() throws Exception {
    save(1, 4, "attempt-1", checkpoints());
    save(1, 8, "attempt-1", checkpoints());
    Files.delete(file("attempt-1/step-000008/rank-0.safetensors"));
    save(1, 8, "attempt-2", checkpoints());
    assertThat(checkpoints().newest().orElseThrow().manifest().files())
        .extracting(Manifest.RankFile::name)
        .containsExactly("attempt-2/step-000008/rank-0.safetensors");
    Files.writeString(file("step-000008.json"), "{");
    save(1, 8, "attempt-3", checkpoints());
    assertThat(checkpoints().newest()).map(Checkpoints.Found::step).isEqualTo(Optional.of(8L));
  }

  @Test
  void a_changed_byte_is_found_when_it_is_restored_and_the_one_before_is_there() throws Exception {
    save(1, 2, "attempt-1", checkpoints());
    save(1, 4, "attempt-1", checkpoints());
    Path rank = file("attempt-1/step-000004/rank-0.safetensors");
    byte[] bytes = Files.readAllBytes(rank);
    bytes[bytes.length - 1] ^= 1;
    Files.write(rank, bytes);
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    try (State state = new State(0, 1)) {
      assertThatThrownBy(
              () -> checkpoints().restore(found, Saves.position(found.step()), state.trained))
          .isInstanceOf(DamagedCheckpoint.class)
          .hasMessageMatching(
              "Cannot go on from step 4 of stage2: the SHA-256 of file:"
                  + rank
                  + " is [0-9a-f]{64} \\(expected: [0-9a-f]{64}\\)\\.");
      checkpoints().setAside(found);
      Checkpoints.Found before = checkpoints().newest().orElseThrow();
      assertThat(before.step()).isEqualTo(2);
      checkpoints().restore(before, Saves.position(before.step()), state.trained);
    }
    assertThat(file("damaged-step-000004.json")).exists();
    assertThat(rank).exists();
    save(1, 4, "attempt-2", checkpoints());
    assertThat(checkpoints().newest().orElseThrow().step()).isEqualTo(4);
  }

  @Test
  void a_state_of_another_configuration_is_refused() throws Exception {
    save(1, 4, "attempt-1", checkpoints());
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    try (State state = new State(0, 1)) {
      assertThatThrownBy(
              () ->
                  checkpoints("others", 2)
                      .restore(found, Saves.position(found.step()), state.trained))
          .isInstanceOf(BadCheckpoint.class)
          .hasMessage(
              "Cannot continue stage2 from step 4: its configuration, its data or its starting"
                  + " weights have changed since. Undo the change, or delete "
                  + temporary
                  + " to start the stage again.");
    }
  }

  @Test
  void a_state_of_another_place_in_the_samples_is_refused() throws Exception {
    save(1, 4, "attempt-1", checkpoints());
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    try (State state = new State(0, 1)) {
      assertThatThrownBy(() -> checkpoints().restore(found, Saves.position(5), state.trained))
          .isInstanceOf(BadCheckpoint.class)
          .hasMessage(
              "Cannot continue stage2 from step 4: its samples would go on at Position[seed=7,"
                  + " samples=40, streams={clips=Cursor[samples=40, epoch=0, block=1, row=2]}]"
                  + " (expected: Position[seed=7, samples=32, streams={clips=Cursor[samples=32,"
                  + " epoch=0, block=1, row=2]}]). Go on with the version that began the stage, or"
                  + " delete "
                  + temporary
                  + " to start it again.");
    }
  }

  @Test
  void steps_go_on_while_what_was_there_before_them_is_saved() throws Exception {
    LocalRanks.run(
        2,
        ranks -> {
          try (State state = new State(ranks.rank(), 2).after(4);
              AsyncCheckpoints saves = asynchronous(checkpoints(), ranks)) {
            CountDownLatch writing = new CountDownLatch(1);
            saves.begin(4, state.trained, () -> await(writing));
            for (int step = 4; step < 7; step++) {
              saves.awaitCopy();
              state.step(step, step + 1);
              saves.look();
            }
            assertThat(checkpoints().newest()).isEmpty();
            writing.countDown();
            saves.finish();
          }
        });
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    assertThat(found.step()).isEqualTo(4);
    try (State saved = new State(0, 1).after(4);
        State restored = new State(0, 1)) {
      checkpoints().restore(found, Saves.position(4), restored.trained);
      assertThat(restored.values("big")).isEqualTo(saved.values("big"));
      restored.step(4, 9);
      saved.step(4, 9);
      assertThat(restored.values("big")).isEqualTo(saved.values("big"));
    }
  }

  @Test
  void there_is_no_checkpoint_before_the_slowest_rank_has_written_its_file() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    LocalRanks.run(
        2,
        ranks -> {
          try (State state = new State(ranks.rank(), 2).after(4);
              AsyncCheckpoints saves = asynchronous(checkpoints(), ranks)) {
            saves.begin(4, state.trained, ranks.rank() == 1 ? () -> await(slow) : () -> {});
            while (!Files.exists(file("attempt-1/step-000004/rank-0.safetensors"))) {
              Thread.sleep(1);
            }
            saves.look();
            saves.look();
            assertThat(checkpoints().newest()).isEmpty();
            slow.countDown();
            saves.finish();
            assertThat(checkpoints().newest()).isPresent();
          }
        });
  }

  @Test
  void what_cannot_be_written_is_told_by_the_next_look() throws Exception {
    Path full = Files.writeString(file("file"), "no folder");
    Checkpoints nowhere =
        new Checkpoints(Folder.of(full.toString(), new Configuration()), "stage2", "inputs", 2);
    LocalRanks.run(
        1,
        ranks -> {
          try (State state = new State(0, 1).after(4);
              AsyncCheckpoints saves = asynchronous(nowhere, ranks)) {
            saves.begin(4, state.trained, () -> {});
            assertThatThrownBy(saves::finish)
                .isInstanceOf(WorkerLost.class)
                .hasMessage(
                    "Cannot save step 4 of stage2 in %s: Parent path is not a directory: file:%s."
                        + " What was saved before is as it was, and is gone on from. If the place"
                        + " is full or cannot be written to, change that and start again.",
                    full, full);
          }
        });
  }

  private static AsyncCheckpoints asynchronous(Checkpoints checkpoints, Collective ranks) {
    return new AsyncCheckpoints(
        checkpoints, "attempt-1", Saves::position, ranks, AsyncCheckpoints.Mode.ASYNCHRONOUS);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void of_two_attempts_at_a_step_the_first_stands() throws Exception {
    save(1, 4, "attempt-1", checkpoints());
    assertThatThrownBy(() -> save(1, 4, "attempt-2", checkpoints()))
        .hasRootCauseInstanceOf(FileAlreadyExistsException.class);
    Checkpoints.Found found = checkpoints().newest().orElseThrow();
    assertThat(found.manifest().files())
        .extracting(Manifest.RankFile::name)
        .containsExactly("attempt-1/step-000004/rank-0.safetensors");
  }

  @Test
  void only_the_newest_are_kept() throws Exception {
    for (int steps = 1; steps <= 4; steps++) {
      save(2, steps, "attempt-1", checkpoints());
    }
    Folder folder = Folder.of(temporary.toString(), new Configuration());
    assertThat(folder.files()).containsExactly("step-000003.json", "step-000004.json");
    assertThat(folder.matching("attempt-1/*/*.safetensors"))
        .extracting(path -> path.getParent().getName() + "/" + path.getName())
        .containsExactly(
            "step-000003/rank-0.safetensors",
            "step-000003/rank-1.safetensors",
            "step-000004/rank-0.safetensors",
            "step-000004/rank-1.safetensors");
    checkpoints().removeAll();
    assertThat(checkpoints().newest()).isEmpty();
  }
}
