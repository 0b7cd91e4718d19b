package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A mistake is told in one line that says where it is, what was expected and what to do. */
@ExtendWith(World.Shared.class)
class ConfigMistakesIT {
  @TempDir private Path folder;

  private Path stage(World world, Map<String, String> changes) throws IOException {
    String text =
        """
        include: %s
        stage: video
        run: %s
        tokenizer: %s
        train: [vision-connector]
        weights: {from: joint}
        data:
          prepared: %s
          frames: 4
          streams: [{name: video, datasets: [demo-webvid]}]
        steps: 4
        optimizer: {lr: 1e-3}
        batch: {global: 8, micro: 2}
        """
            .formatted(
                World.file("model"),
                world.curriculum(),
                world.folder("tokenizer"),
                world.folder("prepared"));
    for (Map.Entry<String, String> change : changes.entrySet()) {
      assertThat(text).containsOnlyOnce(change.getKey());
      text = text.replace(change.getKey(), change.getValue());
    }
    return Files.writeString(folder.resolve("stage.yaml"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vision-connector | vision-conector | 5  train[0] is "vision-conector" (expected: vision-encoder, vision-connector, audio-encoder, audio-projector or language-model). Did you mean "vision-connector"?
          [vision-connector] | [] | 5  train is [] (expected: at least one value).
          from: joint | from: joynt | 6  weights.from is "joynt" (expected: a finished stage of the run WORLD/curriculum). Train joynt first, or correct its name.
          from: joint | from: ./none | 6  weights.from is "./none" (expected: a model that has the vision-encoder). Cannot read weights from none: there is no such file or folder.
          frames: 4 | frames: 5 | 9  data.frames is 5 (expected: one of [4], which demo-webvid was prepared for). Prepare it again with this number, or choose one it has.
          demo-webvid | demo-webvit | 10  data.streams[0].datasets[0] is "demo-webvit" (expected: a prepared dataset in WORLD/prepared). Prepare it, or correct its name.
          batch: {global: 8, micro: 2} | lora: {vision-connector: {}} | 13  lora.vision-connector is not a known key (expected: audio-encoder or language-model).
          batch: {global: 8, micro: 2} | lora: {language-model: {rank: none}} | 13  lora.language-model.rank is "none" (expected: a whole number).
          from: joint | from: joint, base: ./none | 6  weights.base is "./none" (expected: a folder with adapter_config.json among the weights). It is what an adapter belongs to: name the adapter too, or leave it out.
          steps: 4 | steps: many | 11  steps is "many" (expected: a whole number).
          batch: {global: 8, micro: 2} | objective: {kind: closed-answer} | 13  objective.kind is "closed-answer" (expected: answers or closed-answers). Did you mean "closed-answers"?
          1e-3 | -1e-3 | 12  optimizer.lr is -1e-3 (expected: a number above 0).
          1e-3} | 1e-3, weight-decai: 0.1} | 12  optimizer.weight-decai is not a known key. Did you mean "weight-decay"?
          global: 8 | global: 10 | 13  batch.global is 10 (expected: a multiple of batch.micro × cluster.ranks = 2 × 2 = 4). Nearest: 8, 12.
          """)
  void one_mistake_is_one_line(String right, String wrong, String expected, World world)
      throws IOException {
    Told told = told(stage(world, Map.of(right, wrong)), world);
    assertThat(told.text())
        .isEqualTo("stage.yaml:" + expected + "\n1 problem; nothing was started.\n");
    assertThat(told.exitCode()).isEqualTo(2);
  }

  @Test
  void a_file_that_is_not_there_is_named(World world) {
    Told told = told(folder.resolve("nowhere.yaml"), world);
    assertThat(told.text())
        .isEqualTo("nowhere.yaml  does not exist.\n1 problem; nothing was started.\n");
    assertThat(told.exitCode()).isEqualTo(2);
  }

  @Test
  void three_mistakes_are_told_at_once(World world) throws IOException {
    Path file =
        stage(
            world, Map.of("vision-connector", "connector", "1e-3", "fast", "micro: 2", "micro: 0"));
    Jobs.Ended ended = world.jobs().run("local[1]", "train.sh", List.of(file.toString()));
    assertThat(ended.err())
        .isEqualTo(
            """
            FILE:5  train[0] is "connector" (expected: vision-encoder, vision-connector, audio-encoder, audio-projector or language-model).
            FILE:12  optimizer.lr is "fast" (expected: a number).
            FILE:13  batch.micro is 0 (expected: at least 1).
            3 problems; nothing was started.
            """
                .replace("FILE", file.toString()));
    assertThat(ended.out()).isEmpty();
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  @Test
  void ranks_that_one_process_cannot_hold_are_refused(World world) throws IOException {
    Path file = stage(world, Map.of("stage: video", "stage: other"));
    Jobs.Ended ended = world.jobs().run("local[4]", "train.sh", List.of(file.toString()));
    assertThat(ended.err())
        .contains(
            World.file("model")
                + ":11  cluster.ranks is 2 (expected: 1 with the master local[4], which is a single"
                + " process). Name a master that starts executors, or set cluster.ranks to 1.\n");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  /** What a command said, with folders left out. */
  private Told told(Path file, World world) {
    return Told.by(new TrainCommand(), file.toString())
        .with(folder + "/", "")
        .with(world.folder("") + "/", "WORLD/");
  }
}
