package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.clapperboard.config.BadData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A stage with a learning rate that ruins it. */
@ExtendWith(World.Shared.class)
class DivergenceIT {

  @Test
  void it_is_ended_and_its_newest_checkpoint_kept(World world) {
    Path run = world.run("diverging");
    String[] settings = {
      "optimizer.lr=1", "watch.stop-above=1.5", "watch.window=2", "checkpoint.every-steps=2"
    };
    assertThatThrownBy(() -> world.train("joint", run, settings))
        .isInstanceOf(BadData.class)
        .hasMessageMatching(
            "Cannot go on with joint: its loss diverges\\. Its mean over 2 steps is [\\d.]+ at step"
                + " \\d+, more than 1\\.5 times the best, [\\d.]+ at step \\d+"
                + " \\(watch\\.stop-above\\)\\. The newest checkpoint is kept\\..*");
    assertThat(run.resolve("joint/checkpoints"))
        .isDirectoryContaining(file -> file.getFileName().toString().startsWith("step-"));
    assertThat(run.resolve("joint/result.json")).doesNotExist();
  }
}
