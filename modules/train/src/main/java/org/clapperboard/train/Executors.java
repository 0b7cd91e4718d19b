package org.clapperboard.train;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.Problem;
import org.clapperboard.config.Problems;
import org.clapperboard.config.WorkerLost;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Waits until every rank can have an executor: they register one by one, and Spark refuses a
 * barrier stage that does not fit. Runs on the driver.
 */
final class Executors {
  /** Spark's own setting for how long resources may take to register. */
  private static final String TIMEOUT = "spark.scheduler.maxRegisteredResourcesWaitingTime";

  private static final Map<String, String> UNSTEADY =
      new TreeMap<>(
          Map.of(
              "spark.dynamicAllocation.enabled",
              "Ranks need all their executors from their first to their last step.",
              "spark.speculation",
              "A rank cannot run twice."));

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
  private static final Duration BETWEEN_WORDS = Duration.ofSeconds(10);

  private final JavaSparkContext spark;
  private final StagePlan plan;
  private final TrainJob.Listener listener;

  Executors(JavaSparkContext spark, StagePlan plan, TrainJob.Listener listener) {
    this.spark = spark;
    this.plan = plan;
    this.listener = listener;
  }

  /**
   * Returns when there are as many executors as ranks, or, when no further one comes for too long,
   * as many as the stage may go on with.
   *
   * @param failing hosts whose executors do not count while there are others
   * @throws BadConfig if the master is one process, which holds one rank only
   * @throws WorkerLost if they are not there in time
   */
  Seats await(Set<String> failing) {
    int wanted = plan.config().cluster().ranks();
    if (spark.isLocal()) {
      requireOne(wanted);
      return new Seats(1, List.of(), List.of());
    }
    Duration timeout = Duration.ofSeconds(spark.getConf().getTimeAsSeconds(TIMEOUT, "120s"));
    long start = System.nanoTime();
    long said = start;
    Arrivals arrivals = new Arrivals(timeout, start);
    while (true) {
      List<String> there = hosts();
      Optional<Seats> all = Seats.of(there, failing, List.of(wanted));
      if (all.isPresent()) {
        return all.get();
      }
      long now = System.nanoTime();
      if (arrivals.areOver(there.size(), now)) {
        Duration waited = Duration.ofNanos(now - start);
        return Seats.of(there, failing, plan.config().worldSizes())
            .or(() -> Seats.of(there, Set.of(), plan.config().worldSizes()))
            .orElseThrow(() -> new WorkerLost(late(wanted, there.size(), waited)));
      }
      if (now - said > BETWEEN_WORDS.toNanos()) {
        said = now;
        listener.waiting(there.size(), wanted);
      }
      sleep();
    }
  }

  /** Whether there are as many executors as the stage is meant to have ranks. */
  boolean areAll(Set<String> failing) {
    return Seats.of(hosts(), failing, List.of(plan.config().cluster().ranks())).isPresent();
  }

  /**
   * Refuses a Spark that starts and ends executors or tasks as it likes, or gives no GPUs to ranks
   * that need them. Spark itself says so only after a while, or not at all.
   *
   * @throws BadConfig if it does
   */
  void requireSteady() {
    Problems problems = new Problems();
    UNSTEADY.forEach(
        (setting, why) -> {
          if (spark.getConf().getBoolean(setting, false)) {
            problems.add(Problem.of(setting, "is true (expected: false). " + why));
          }
        });
    if (plan.config().cluster().needsGpus()) {
      if (spark.isLocal()) {
        problems.add(
            plan.file()
                .problem(
                    "cluster.device",
                    "cpu with the master " + spark.master() + ", which gives its tasks no GPU",
                    "Name a master that starts executors."));
      } else {
        RankGpu.problems(spark.getConf()).forEach(problems::add);
      }
    }
    problems.throwIfAny();
  }

  private void requireOne(int wanted) {
    if (wanted > 1) {
      throw new BadConfig(
          List.of(
              plan.file()
                  .problem(
                      "cluster.ranks",
                      "1 with the master " + spark.master() + ", which is a single process",
                      "Name a master that starts executors, or set cluster.ranks to 1.")));
    }
  }

  private String late(int wanted, int there, Duration waited) {
    return String.format(
        "Cannot train %s: its %d ranks need an executor each, and after %d s there are %d on %s."
            + " Give the cluster more workers%s, lower cluster.ranks, or wait longer with %s.",
        plan.config().stage(),
        wanted,
        waited.toSeconds(),
        there,
        spark.master(),
        plan.config().cluster().needsGpus() ? " that have GPUs" : "",
        TIMEOUT);
  }

  /** The host of every process that stores blocks, without the driver. */
  private List<String> hosts() {
    String driver = SparkEnv.get().blockManager().blockManagerId().hostPort();
    return CollectionConverters.asJava(spark.sc().getExecutorMemoryStatus()).keySet().stream()
        .filter(hostPort -> !hostPort.equals(driver))
        .map(hostPort -> hostPort.replaceAll(":\\d+$", ""))
        .toList();
  }

  private static void sleep() {
    try {
      Thread.sleep(BETWEEN_LOOKS.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for executors", e);
    }
  }
}
