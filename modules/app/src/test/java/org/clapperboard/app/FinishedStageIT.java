package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.clapperboard.config.BadCheckpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is finished is never trained over: others may have started from it. */
@ExtendWith(World.Shared.class)
class FinishedStageIT {

  @Test
  void a_finished_stage_is_kept(World world) throws IOException {
    Path run = world.curriculum();
    Map<Path, FileTime> before = files(run);
    assertThat(world.train("video", run))
        .isEqualTo("  video  kept: its 4 steps were finished before\n");
    assertThat(files(run)).isEqualTo(before);
  }

  @Test
  void another_number_of_ranks_is_no_other_stage(World world) {
    assertThat(world.train("video", world.curriculum(), "cluster.ranks=1")).contains("kept");
  }

  @Test
  void a_finished_stage_with_another_configuration_is_refused(World world) {
    Path run = world.curriculum();
    refused(world, "video", run, "optimizer.lr=2e-3");
  }

  @Test
  void a_finished_stage_with_other_starting_weights_is_refused(World world) {
    Path run = world.curriculum();
    refused(world, "audio", run, "weights.from=joint");
  }

  private static void refused(World world, String stage, Path run, String change) {
    assertThatThrownBy(() -> world.train(stage, run, change))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage(
            "Cannot train %s: it is finished in %s/%s, but its configuration, its data or its"
                + " starting weights have changed since. Undo the change, delete that folder to"
                + " train it again, or choose another run.",
            stage, run, stage);
  }

  private static Map<Path, FileTime> files(Path run) throws IOException {
    Map<Path, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        times.put(file, Files.getLastModifiedTime(file));
      }
    }
    return times;
  }
}
