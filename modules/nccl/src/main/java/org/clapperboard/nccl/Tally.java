package org.clapperboard.nccl;

import java.util.EnumMap;
import java.util.Map;
import org.clapperboard.collective.CollectiveStats;
import org.clapperboard.collective.CollectiveStats.OperationStats;
import org.clapperboard.collective.Operation;

/** Counts the operations that went through NCCL; may be read by any thread. */
final class Tally {
  private final Map<Operation, OperationStats> operations = new EnumMap<>(Operation.class);

  synchronized void add(Operation operation, long nanos) {
    operations.merge(operation, new OperationStats(1, nanos / 1e9, 0), Tally::plus);
  }

  /** What another collective counted, and this. */
  synchronized CollectiveStats with(CollectiveStats others) {
    Map<Operation, OperationStats> all = new EnumMap<>(Operation.class);
    all.putAll(others.operations());
    operations.forEach((operation, own) -> all.merge(operation, own, Tally::plus));
    return new CollectiveStats(others.bytesSent(), others.bytesReceived(), all);
  }

  private static OperationStats plus(OperationStats one, OperationStats other) {
    return new OperationStats(
        one.calls() + other.calls(),
        one.seconds() + other.seconds(),
        one.waitingSeconds() + other.waitingSeconds());
  }
}
