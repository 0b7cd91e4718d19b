package org.clapperboard.collective;

import java.util.EnumMap;
import java.util.Map;
import org.clapperboard.collective.CollectiveStats.OperationStats;

/** Counts what operations moved and how long they took; may be read by any thread. */
final class StatsRecorder {

  private final Map<Operation, OperationStats> operations = new EnumMap<>(Operation.class);
  private long bytesSent;
  private long bytesReceived;

  synchronized void add(Operation operation, long nanos, long waitedNanos, Link[] links) {
    OperationStats call = new OperationStats(1, nanos / 1e9, waitedNanos / 1e9);
    operations.merge(operation, call, OperationStats::plus);
    for (Link link : links) {
      bytesSent += link.bytesSent();
      bytesReceived += link.bytesReceived();
    }
  }

  synchronized CollectiveStats stats() {
    return new CollectiveStats(bytesSent, bytesReceived, operations);
  }
}
