package org.clapperboard.train.metrics;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.data.storage.ParquetTable;

/**
 * Steps that a stage has taken, from its table of metrics.
 *
 * @param steps how many
 * @param samples their samples
 * @param seconds how long they took
 * @param dataWaitSeconds how long rank 0 waited for samples in them
 */
public record MeasuredSteps(long steps, long samples, double seconds, double dataWaitSeconds) {
  /** No steps. */
  public static final MeasuredSteps NONE = new MeasuredSteps(0, 0, 0, 0);

  /** Those of the stage in a folder that its checkpoints count; none if it has not begun. */
  public static MeasuredSteps of(Folder stage) throws IOException {
    Sums sums = new Sums();
    for (Path file : stage.matching("metrics/*.parquet")) {
      ParquetTable.read(file, stage.configuration(), sums::add);
    }
    return new MeasuredSteps(sums.steps, sums.samples, sums.seconds, sums.dataWaitSeconds);
  }

  private static final class Sums {
    private long steps;
    private long samples;
    private double seconds;
    private double dataWaitSeconds;

    void add(Group row) {
      steps++;
      samples += row.getLong("samples", 0);
      seconds += row.getDouble("seconds", 0);
      dataWaitSeconds += row.getDouble("data_wait_seconds", 0);
    }
  }
}
