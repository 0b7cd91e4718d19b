package org.clapperboard.train;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.train.config.StageConfig;

/** Storage that does not take or give what it should: it may do so the next time. */
final class StorageFailure {
  private StorageFailure() {}

  /** What storage said, if that is what is behind an exception nobody has put into words yet. */
  static Optional<IOException> behind(Throwable e) {
    return e instanceof Failure
        ? Optional.empty()
        : Stream.iterate(e, Objects::nonNull, Throwable::getCause)
            .filter(IOException.class::isInstance)
            .map(IOException.class::cast)
            .findFirst();
  }

  static WorkerLost of(StageConfig config, Throwable cause) {
    return new WorkerLost(
        String.format(
            "Cannot go on with %s: its storage fails: %s. See that %s has room and can be written"
                + " to; started again, it goes on from its newest checkpoint.",
            config.stage(), behind(cause).orElseThrow().getMessage(), config.folder()),
        cause);
  }
}
