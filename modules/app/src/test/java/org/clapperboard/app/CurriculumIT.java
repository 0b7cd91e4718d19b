package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a curriculum says before it trains, and after each stage. */
@ExtendWith(World.Shared.class)
class CurriculumIT {

  private static List<String> train(
      World world, Path run, List<String> stages, String... settings) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    Console console = new Console(new PrintStream(printed, true, StandardCharsets.UTF_8), false);
    new Curriculum(world.settings(run, settings), console)
        .train(world.spark(), stages.stream().map(World::file).toList());
    return printed.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void what_is_left_is_told_before_and_after_each_stage_that_trains(World world) throws Exception {
    Path run = world.folder("time-left");
    World.copy(world.joint(2), run);
    for (String other : List.of("video", "audio")) {
      Folder.of(run.resolve(other).toString(), new Configuration()).delete();
    }
    // 3.6 million an hour for each of two ranks are 2000 a second.
    List<String> left =
        train(world, run, List.of("joint", "video", "audio"), "cluster.price-per-hour=3.6e6")
            .stream()
            .filter(line -> line.startsWith("  left: "))
            .toList();
    assertThat(left).hasSize(3);
    assertThat(left.get(0))
        .matches("  left: 2 stages, about 0:00:\\d\\d of steps, price \\d+\\.\\d\\d");
    assertThat(left.get(1))
        .matches("  left: 1 stage, about 0:00:\\d\\d of steps, price \\d+\\.\\d\\d");
    assertThat(left.get(2)).isEqualTo("  left: nothing");
    assertThat(train(world, run, List.of("joint", "video", "audio")))
        .as("everything is kept")
        .hasSize(3)
        .allMatch(line -> line.contains("kept: its "));
  }

  @Test
  void all_finished_stages_that_changed_are_refused_before_anything_is_trained(World world)
      throws Exception {
    Path run = world.folder("changed-since");
    World.copy(world.curriculum(), run);
    Folder.of(run.resolve("audio").toString(), new Configuration()).delete();
    String told =
        Stream.of("joint", "video")
            .map(
                stage ->
                    "Cannot train "
                        + stage
                        + ": it is finished in "
                        + run.resolve(stage)
                        + ", but its configuration, its data or its starting weights have changed"
                        + " since. Undo the change, delete that folder to train it again, or"
                        + " choose another run.")
            .reduce((a, b) -> a + "\n" + b)
            .orElseThrow();
    assertThatThrownBy(
            () ->
                train(
                    world, run, List.of("audio", "joint", "video"), "optimizer.weight-decay=0.25"))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(told);
    assertThat(run.resolve("audio")).doesNotExist();
  }
}
