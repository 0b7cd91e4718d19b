package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Media that are not where they were said to be. */
@ExtendWith(World.Shared.class)
class PrepareMistakesIT {

  @Test
  void datasets_that_cannot_be_accepted_are_told_together_when_all_is_written(
      World world, @TempDir Path run) throws IOException {
    Path raw = world.folder("raw");
    Path root = run.resolve("raw");
    Files.createDirectories(root.resolve("test"));
    Files.copy(raw.resolve("test/audio.json"), root.resolve("test/audio.json"));
    String gone = "{recipe: " + recipe("demo-test-audio") + ", root: " + root + "}";
    String broken = "{recipe: " + recipe("demo-webvid") + ", quarantine-at-most: 0}";
    List<String> arguments = arguments(run, raw, gone + ", " + broken);
    Jobs.Ended refused = world.jobs().run("local[2]", "prepare.sh", arguments);
    assertThat(refused.exitCode()).isEqualTo(3);
    List<String> told = said(refused);
    assertThat(told).hasSize(2);
    assertThat(told.get(0))
        .matches(
            "Cannot prepare demo-test-audio: none of its 24 media files is there; one of them would"
                + " be "
                + root
                + "/test/sound-000[0-9]{2}.wav. Is root, which is "
                + root
                + ", the folder of the publisher's files\\? Set prepare.root, or root beside the"
                + " recipe.");
    assertThat(told.get(1))
        .startsWith(
            "Cannot accept demo-webvid: 0.7 % of demo-webvid cannot be used (expected: at most 0.0"
                + " %): of 145 rows 0 are bad and 0 listed twice, of 145 samples 1 have unusable"
                + " media {truncated=1}. One of them: Cannot read ")
        .endsWith(
            "with --retry truncated where files stay as they are, or bear it: set"
                + " prepare.quarantine.at-most, or quarantine-at-most beside the recipe.");
    assertThat(run.resolve("prepared/demo-test-audio/quarantine")).isNotEmptyDirectory();
    assertThat(run.resolve("prepared/demo-test-audio/dataset.json")).doesNotExist();
    assertThat(run.resolve("prepared/demo-webvid/dataset.json")).exists();

    // What was found is borne, and tried again.
    List<String> again = arguments(run, raw, "{recipe: " + recipe("demo-webvid") + "}");
    again.addAll(List.of("--retry", "truncated"));
    assertThat(world.jobs().run("local[2]", "prepare.sh", again).requireOut())
        .contains(" s, 144 of before  {truncated=1}");
  }

  @Test
  void a_reason_that_there_is_not_is_told_before_anything_starts(World world, @TempDir Path run) {
    List<String> arguments = arguments(run, world.folder("raw"), "");
    arguments.addAll(List.of("--retry", "broken"));
    Told wrong = Told.by(new PrepareCommand(), arguments.toArray(String[]::new));
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.text()).startsWith("--retry  names \"broken\" (expected: all, or some of ");
  }

  private static Path recipe(String name) {
    return Jobs.REPOSITORY.resolve("datasets/" + name + ".yaml");
  }

  private static List<String> arguments(Path run, Path root, String datasets) {
    List<String> arguments = new ArrayList<>(List.of(World.file("prepare").toString()));
    Stream.of("run=" + run, "prepare.root=" + root, "prepare.datasets=[" + datasets + "]")
        .forEach(setting -> arguments.addAll(List.of("--set", setting)));
    return arguments;
  }

  /** What was told at the end; Spark may have logged something of its own before. */
  private static List<String> said(Jobs.Ended ended) {
    return ended.err().lines().dropWhile(line -> !line.startsWith("Cannot ")).toList();
  }
}
