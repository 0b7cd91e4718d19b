package org.clapperboard.collective;

import java.util.EnumMap;
import java.util.Map;

/**
 * What one rank moved and how long that took.
 *
 * @param bytesSent payload sent to all peers
 * @param bytesReceived payload received from all peers
 * @param operations per kind of operation; kinds that never ran are absent
 */
public record CollectiveStats(
    long bytesSent, long bytesReceived, Map<Operation, OperationStats> operations) {

  /**
   * One kind of operation.
   *
   * @param calls finished calls
   * @param seconds from call to return, summed over calls
   * @param waitingSeconds the part in which there was nothing to do but wait for peers
   */
  public record OperationStats(long calls, double seconds, double waitingSeconds) {

    static final OperationStats NONE = new OperationStats(0, 0, 0);

    OperationStats plus(OperationStats other) {
      return new OperationStats(
          calls + other.calls, seconds + other.seconds, waitingSeconds + other.waitingSeconds);
    }

    OperationStats minus(OperationStats other) {
      return new OperationStats(
          calls - other.calls, seconds - other.seconds, waitingSeconds - other.waitingSeconds);
    }
  }

  public CollectiveStats {
    operations = Map.copyOf(operations);
  }

  /** Seconds in operations of any kind. */
  public double seconds() {
    return total().seconds();
  }

  /** Seconds in which there was nothing to do but wait for peers. */
  public double waitingSeconds() {
    return total().waitingSeconds();
  }

  /** What happened after an earlier reading. */
  public CollectiveStats since(CollectiveStats earlier) {
    Map<Operation, OperationStats> later = new EnumMap<>(Operation.class);
    operations.forEach(
        (operation, stats) -> {
          OperationStats news =
              stats.minus(earlier.operations.getOrDefault(operation, OperationStats.NONE));
          if (news.calls() > 0) {
            later.put(operation, news);
          }
        });
    return new CollectiveStats(
        bytesSent - earlier.bytesSent, bytesReceived - earlier.bytesReceived, later);
  }

  private OperationStats total() {
    return operations.values().stream().reduce(OperationStats.NONE, OperationStats::plus);
  }
}
