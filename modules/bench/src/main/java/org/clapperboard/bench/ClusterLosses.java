package org.clapperboard.bench;

import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.config.WorkerLost;

/** What a cluster lost while it worked. */
final class ClusterLosses extends SparkListener {
  private static final String LAST = "clapperboard.bench.last";
  private static final int PATIENCE_SECONDS = 60;

  private final CountDownLatch over = new CountDownLatch(1);
  private int lastJob = -1;
  private int executors;
  private int tasks;

  /** Work on a cluster. */
  @FunctionalInterface
  interface Work<E extends Exception> {
    void run() throws E;
  }

  /** What is lost while the work is done. */
  static <E extends Exception> ClusterLosses during(JavaSparkContext spark, Work<E> work) throws E {
    ClusterLosses losses = new ClusterLosses();
    spark.sc().addSparkListener(losses);
    try {
      work.run();
      losses.await(spark);
    } finally {
      spark.sc().removeSparkListener(losses);
    }
    return losses;
  }

  /** Events come late, but in their order: all are here when those of one more job are. */
  private void await(JavaSparkContext spark) {
    spark.setLocalProperty(LAST, LAST);
    try {
      spark.parallelize(List.of(1), 1).count();
      if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new InternalFailure("Cannot tell what the cluster lost: Spark does not say.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InternalFailure("Cannot tell what the cluster lost: interrupted", e);
    } finally {
      spark.setLocalProperty(LAST, null);
    }
  }

  @Override
  public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    executors++;
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    tasks += end.taskInfo().successful() ? 0 : 1;
  }

  @Override
  public synchronized void onJobStart(SparkListenerJobStart start) {
    Properties properties = start.properties();
    if (properties != null && properties.containsKey(LAST)) {
      lastJob = start.jobId();
    }
  }

  @Override
  public synchronized void onJobEnd(SparkListenerJobEnd end) {
    if (end.jobId() == lastJob) {
      over.countDown();
    }
  }

  synchronized int executors() {
    return executors;
  }

  /** Attempts at tasks that failed, also where another one then did not. */
  synchronized int tasks() {
    return tasks;
  }

  /** What to end with, or null if nothing was lost. */
  WorkerLost failure(String work) {
    return executors() + tasks() == 0
        ? null
        : new WorkerLost(
            "Cannot %s without losses: %d executors were lost, %d tasks failed."
                .formatted(work, executors(), tasks()));
  }
}
