package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    assertThat(ended.err())
        .matches(
            "Cannot prepare demo-test-audio: none of its 24 media files is there; one of them would"
                + " be "
                + root
                + "/test/sound-000[0-9]{2}.wav. Is root, which is "
                + root
                + ", the folder of the publisher's files\\? Set prepare.root, or root beside the"
                + " recipe.\n");
    assertThat(ended.exitCode()).isEqualTo(3);
    assertThat(run.resolve("prepared/demo-test-audio/quarantine")).isNotEmptyDirectory();
    assertThat(run.resolve("prepared/demo-test-audio/dataset.json")).doesNotExist();
  }
}
