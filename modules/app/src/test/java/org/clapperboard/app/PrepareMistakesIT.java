package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Media that are not where they were said to be. */
@ExtendWith(World.Shared.class)
class PrepareMistakesIT {

  @Test
  void a_dataset_without_any_of_its_media_is_refused_with_a_hint(World world, @TempDir Path run)
      throws IOException {
    Path root = run.resolve("raw");
    Files.createDirectories(root.resolve("test"));
    Path manifest = world.folder("raw").resolve("test/audio.json");
    Files.copy(manifest, root.resolve("test/audio.json"));
    Path recipe = Jobs.REPOSITORY.resolve("datasets/demo-test-audio.yaml");
    Jobs.Ended ended =
        world
            .jobs()
            .run(
                "local[1]",
                "prepare.sh",
                List.of(
                    World.file("prepare").toString(),
                    "--set",
                    "run=" + run,
                    "--set",
                    "prepare.datasets=[{recipe: " + recipe + "}]"));
    assertThat(said(ended))
        .matches(
            "Cannot prepare demo-test-audio: none of its 24 media files is there; one of them would"
                + " be "
                + root
                + "/test/sound-000[0-9]{2}.wav. Is root, which is "
                + root
                + ", the folder of the publisher's files\\? Set prepare.root, or root beside the"
                + " recipe.");
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(run.resolve("prepared/demo-test-audio/quarantine")).isNotEmptyDirectory();
    assertThat(run.resolve("prepared/demo-test-audio/dataset.json")).doesNotExist();
  }

  @Test
  void more_than_is_tolerated_is_refused_when_all_is_written(World world, @TempDir Path run) {
    Path recipe = Jobs.REPOSITORY.resolve("datasets/demo-webvid.yaml");
    List<String> arguments =
        List.of(
            World.file("prepare").toString(),
            "--set",
            "run=" + run,
            "--set",
            "prepare.root=" + world.folder("raw"),
            "--set",
            "prepare.datasets=[{recipe: " + recipe + ", quarantine-at-most: 0}]");
    Jobs.Ended refused = world.jobs().run("local[2]", "prepare.sh", arguments);
    assertThat(refused.exitCode()).isEqualTo(3);
    assertThat(said(refused))
        .startsWith(
            "Cannot accept demo-webvid: 0.7 % of demo-webvid cannot be used (expected: at most 0.0"
                + " %): of 145 rows 0 are bad and 0 listed twice, of 145 samples 1 have unusable"
                + " media {truncated=1}. One of them: Cannot read ")
        .endsWith(
            "with --retry truncated where files stay as they are, or bear it: set"
                + " prepare.quarantine.at-most, or quarantine-at-most beside the recipe.");
    assertThat(run.resolve("prepared/demo-webvid/dataset.json")).exists();

    List<String> again = new ArrayList<>(arguments);
    again.set(again.size() - 1, "prepare.datasets=[{recipe: " + recipe + "}]");
    again.addAll(List.of("--retry", "truncated"));
    assertThat(world.jobs().run("local[2]", "prepare.sh", again).requireOut())
        .contains(" s, 144 of before  {truncated=1}");
    again.set(again.size() - 1, "broken");
    Jobs.Ended wrong = world.jobs().run("local[2]", "prepare.sh", again);
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).startsWith("--retry  names \"broken\" (expected: all, or some of ");
  }

  /** The refusal is one line and the last; Spark may have logged something of its own before. */
  private static String said(Jobs.Ended ended) {
    List<String> lines = ended.err().lines().toList();
    assertThat(lines.stream().filter(line -> line.startsWith("Cannot "))).hasSize(1);
    return lines.get(lines.size() - 1);
  }
}
