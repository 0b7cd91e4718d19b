package org.clapperboard.train.checkpoint;

import java.util.Map;
import org.clapperboard.collective.Collective;
import org.clapperboard.train.optimizer.ShardedAdamW;

/** Saving and going on in tests that have no samples. */
public final class Saves {
  private Saves() {}

  /** Some position that belongs to a step. */
  static Position position(long step) {
    return new Position(7, step * 8, Map.of("clips", new Position.Cursor(step * 8, 0, 1, 2)));
  }

  /** Saves what trains, and returns when it is there. */
  public static void now(
      Checkpoints checkpoints,
      long step,
      String attempt,
      Map<String, ShardedAdamW> trained,
      Collective ranks) {
    try (AsyncCheckpoints saves =
        new AsyncCheckpoints(
            checkpoints, attempt, Saves::position, ranks, AsyncCheckpoints.Mode.SYNCHRONOUS)) {
      saves.begin(step, trained, () -> {});
    }
  }

  /** Goes on from the newest. */
  public static void restore(Checkpoints checkpoints, Map<String, ShardedAdamW> trained) {
    Checkpoints.Found newest = checkpoints.newest().orElseThrow();
    checkpoints.restore(newest, position(newest.step()), trained);
  }
}
