package org.clapperboard.train;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;
import org.clapperboard.train.metrics.StepMetrics;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Tells a listener what the accumulator brings while a task is still running: Spark's own bars show
 * nothing of a barrier task before its end.
 */
final class ProgressRelay extends SparkListener implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final String GROUP = "spark.jobGroup.id";

  private final SparkContext spark;
  private final String group;
  private final ProgressAccumulator accumulator = new ProgressAccumulator();
  private final Consumer<StepMetrics> listener;
  private final Set<Integer> stages = new HashSet<>();
  private final Map<Integer, TaskInfo> running = new TreeMap<>();
  private long told = -1;
  private String failedHost;

  private ProgressRelay(SparkContext spark, String group, Consumer<StepMetrics> listener) {
    this.spark = spark;
    this.group = group;
    this.listener = listener;
  }

  /** Starts to listen to the tasks of a group of jobs. */
  static ProgressRelay register(SparkContext spark, String group, Consumer<StepMetrics> listener) {
    ProgressRelay relay = new ProgressRelay(spark, group, listener);
    spark.register(relay.accumulator, "progress");
    spark.addSparkListener(relay);
    return relay;
  }

  ProgressAccumulator accumulator() {
    return accumulator;
  }

  @Override
  public synchronized void onStageSubmitted(SparkListenerStageSubmitted submitted) {
    if (submitted.properties() != null && group.equals(submitted.properties().get(GROUP))) {
      stages.add(submitted.stageInfo().stageId());
    }
  }

  @Override
  public synchronized void onTaskStart(SparkListenerTaskStart start) {
    if (stages.contains(start.stageId())) {
      running.put(start.taskInfo().partitionId(), start.taskInfo());
    }
  }

  /** The task that is rank 0, while it runs. */
  synchronized OptionalLong first() {
    TaskInfo first = running.get(0);
    return first == null ? OptionalLong.empty() : OptionalLong.of(first.taskId());
  }

  /** The ranks that run, in their order. */
  synchronized List<TaskInfo> running() {
    return List.copyOf(running.values());
  }

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    if (stages.contains(end.stageId())) {
      running.remove(end.taskInfo().partitionId());
      if (failedHost == null && end.taskInfo().failed()) {
        failedHost = end.taskInfo().host();
        notifyAll();
      }
    }
  }

  /** The host of the task that failed first; null if none is known to have, or will be soon. */
  synchronized String failedHost() {
    // Spark tells its listeners on a thread of their own.
    long end = System.nanoTime() + SOON.toNanos();
    try {
      while (failedHost == null && System.nanoTime() < end) {
        wait(SOON.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return failedHost;
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> CollectionConverters.asJava(task._4()).forEach(this::heard));
  }

  private void heard(AccumulableInfo info) {
    if (info.id() == accumulator.id()
        && info.update().isDefined()
        && info.update().get() instanceof StepMetrics step) {
      tell(step);
    }
  }

  private synchronized void tell(StepMetrics step) {
    if (step.step() > told) {
      told = step.step();
      listener.accept(step);
    }
  }

  /** Tells the last step of tasks that have succeeded, which no heartbeat may have brought. */
  @Override
  public void close() {
    spark.removeSparkListener(this);
    if (accumulator.value() != null) {
      tell(accumulator.value());
    }
  }
}
