package org.clapperboard.train;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.hadoop.fs.FSError;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.metrics.StepMetrics;

/** One attempt at a stage, written down when it has ended: the table {@code attempts} of a run. */
final class AttemptLog {
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message attempts {
            required binary stage (STRING);
            required int32 attempt;
            required int64 started (TIMESTAMP(MILLIS, true));
            required double seconds;
            required int32 ranks;
            required int64 first_step;
            required int64 steps_known;
            required int64 steps_saved;
            required double lost_seconds;
            optional int64 planned_memory_bytes;
            optional int64 peak_memory_bytes;
            optional int64 heap_bytes;
            optional binary cause (STRING);
            optional binary host (STRING);
          }
          """);

  private final Folder stage;
  private final StageConfig config;
  private final int number;
  private final long firstStep;
  private final Instant started = Instant.now();
  private final MemoryPlan planned;
  private long known;
  private long peakBytes;
  private long heapBytes;

  AttemptLog(Folder stage, StageConfig config, int number, long firstStep, MemoryPlan planned) {
    this.stage = stage;
    this.config = config;
    this.number = number;
    this.firstStep = firstStep;
    this.planned = planned;
    this.known = firstStep;
  }

  /** Names the attempt, also among those of another day, whose files must not meet this one's. */
  String name() {
    return "attempt-" + Long.toString(started.toEpochMilli(), 36);
  }

  /**
   * Writes down that it ended well.
   *
   * @param saved steps that weights or the newest checkpoint count now
   * @param cause why it ended before all steps were done, or null
   */
  void ended(long saved, String cause) {
    try {
      write(saved, cause, Optional.empty());
    } catch (IOException e) {
      throw new BadCheckpoint(
          "Cannot write down an attempt in " + stage + ": " + e.getMessage(), e);
    }
  }

  /** Writes down that it failed. What goes wrong with that does not hide why it failed. */
  void failed(LongSupplier saved, Failure failure) {
    try {
      Optional<String> host = failure instanceof WorkerLost lost ? lost.host() : Optional.empty();
      write(saved.getAsLong(), String.valueOf(failure.getMessage()), host);
    } catch (IOException | FSError | BadCheckpoint e) {
      // While a process is told to end its file systems may be closed already.
      failure.addSuppressed(e);
    }
  }

  private void write(long saved, String cause, Optional<String> host) throws IOException {
    ParquetTable.write(
        stage.folder("attempts").path(name() + ".parquet"),
        stage.configuration(),
        TYPE,
        List.of(this).iterator(),
        (row, attempt) -> {
          fill(row, saved, cause);
          host.ifPresent(name -> row.append("host", name));
        });
  }

  private synchronized void fill(Group row, long saved, String cause) {
    double seconds = Duration.between(started, Instant.now()).toMillis() / 1000.0;
    long done = Math.max(known, saved);
    double each = seconds / Math.max(1, done - firstStep);
    row.append("stage", config.stage())
        .append("attempt", number)
        .append("started", started.toEpochMilli())
        .append("seconds", seconds)
        .append("ranks", config.cluster().ranks())
        .append("first_step", firstStep)
        .append("steps_known", done)
        .append("steps_saved", saved)
        .append("lost_seconds", (done - saved) * each);
    if (peakBytes > 0) {
      row.append("planned_memory_bytes", (long) planned.total())
          .append("peak_memory_bytes", peakBytes)
          .append("heap_bytes", heapBytes);
    }
    if (cause != null) {
      row.append("cause", cause);
    }
  }

  /** Notes that a step is done. */
  synchronized void step(StepMetrics metrics) {
    known = Math.max(known, metrics.step() + 1);
    peakBytes = Math.max(peakBytes, metrics.memory().peakBesideHeap());
    heapBytes = Math.max(heapBytes, metrics.memory().heapBytes());
  }
}
