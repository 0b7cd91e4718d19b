package org.clapperboard.train;

import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.BadData;
import org.clapperboard.config.DamagedCheckpoint;
import org.clapperboard.config.Failure;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.config.Problem;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.WeightFile;

/**
 * How a rank ended. A failure of ours travels from executor to driver as a value, since Spark turns
 * what a barrier task throws into text.
 *
 * @param weights what it trained; rank 0 only
 * @param kind simple name of the failure, or null
 * @param message its message
 * @param trace its stack trace
 * @param problems what it found, if it is one that lists them; else nothing
 */
record Ending(
    Map<Part, WeightFile> weights,
    String kind,
    String message,
    String trace,
    List<Problem> problems)
    implements Serializable {

  static Ending well(Map<Part, WeightFile> weights) {
    return new Ending(weights, null, null, null, List.of());
  }

  static Ending of(Throwable e) {
    StringWriter trace = new StringWriter();
    e.printStackTrace(new PrintWriter(trace));
    List<Problem> problems = e instanceof BadConfig bad ? bad.problems() : List.of();
    return new Ending(
        null, e.getClass().getSimpleName(), e.getMessage(), trace.toString(), problems);
  }

  boolean failed() {
    return kind != null;
  }

  private boolean lost() {
    return WorkerLost.class.getSimpleName().equals(kind);
  }

  /**
   * The one that is the cause, if any failed. A lost worker is what the other ranks see of any
   * failure; the cause is the other kind.
   */
  static Optional<Ending> worst(Collection<Ending> endings) {
    Optional<Ending> cause = endings.stream().filter(e -> e.failed() && !e.lost()).findFirst();
    return cause.isPresent() ? cause : endings.stream().filter(Ending::failed).findFirst();
  }

  /**
   * The failure again.
   *
   * @param host where a rank was lost, if it was; null if unknown
   */
  Failure failure(String host) {
    return switch (kind) {
      case "WorkerLost" -> new WorkerLost(message, host, null);
      case "BadConfig" -> new BadConfig(problems);
      case "BadData" -> new BadData(message);
      case "BadCheckpoint" -> new BadCheckpoint(message);
      case "DamagedCheckpoint" -> new DamagedCheckpoint(message);
      default -> new InternalFailure("Cannot train: " + kind + ": " + trace, null);
    };
  }
}
