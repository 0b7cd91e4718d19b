package org.clapperboard.app;

import java.util.function.Supplier;
import org.apache.spark.SparkStageInfo;
import org.apache.spark.api.java.JavaSparkContext;

/** How far the stages are that a Spark works on now. */
public final class SparkTasks {
  private SparkTasks() {}

  /** Says how many tasks are done of those that are known, or nothing while there are none. */
  public static Supplier<String> of(JavaSparkContext spark) {
    return () -> {
      int done = 0;
      int all = 0;
      for (int stage : spark.statusTracker().getActiveStageIds()) {
        SparkStageInfo info = spark.statusTracker().getStageInfo(stage);
        if (info != null) {
          done += info.numCompletedTasks();
          all += info.numTasks();
        }
      }
      return all == 0 ? "" : done + " of " + all + " tasks";
    };
  }
}
