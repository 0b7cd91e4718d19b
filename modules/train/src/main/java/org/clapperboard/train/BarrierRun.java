package org.clapperboard.train;

import java.io.Serializable;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.collective.Encryption;
import org.clapperboard.collective.JobKey;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.loop.Job;
import org.clapperboard.train.metrics.StepMetrics;
import scala.Function1;
import scala.Function2;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

/** One attempt at a stage: a barrier stage whose tasks are the ranks. Runs on the driver. */
final class BarrierRun {
  /** How Spark words the end of a task that was told to stop. */
  private static final String STOP = "to save its state";

  private static final String STOPPED = "TaskKilled (" + STOP + ")";

  private final JavaSparkContext spark;
  private final Job job;
  private final List<String> hosts;
  private final String group;
  private final ProgressRelay relay;
  private final Map<Integer, Ending> endings = new ConcurrentSkipListMap<>();
  private final CountDownLatch failed = new CountDownLatch(1);
  private volatile boolean over;
  private volatile String silentHost;

  /**
   * An attempt.
   *
   * @param hosts where its ranks should be; anywhere if there is none
   */
  BarrierRun(JavaSparkContext spark, Job job, List<String> hosts, Consumer<StepMetrics> listener) {
    this.spark = spark;
    this.job = job;
    this.hosts = hosts;
    this.group = job.config().stage() + " " + job.attempt();
    this.relay = ProgressRelay.register(spark.sc(), group, listener);
  }

  /**
   * Runs the ranks to their end. Once.
   *
   * @return the files of what was trained; nothing if the ranks were told to stop, and did
   * @throws WorkerLost if an executor or a rank was lost: another attempt may succeed
   * @throws Failure if a rank failed in a way that another attempt would repeat
   */
  Optional<Map<Part, WeightFile>> run() {
    RankTask task =
        new RankTask(
            job,
            JobKey.random(group),
            encryption(),
            new SerializableConfiguration(spark.hadoopConfiguration()),
            relay.accumulator());
    spark.setJobGroup(group, "train " + job.config().stage(), true);
    Thread watch = new Thread(this::endSilentRanks, "watch-ranks");
    watch.setDaemon(true);
    watch.start();
    try {
      collect(ranks(task));
    } catch (Exception e) {
      if (String.valueOf(e.getMessage()).contains(STOPPED)) {
        return Optional.empty();
      }
      throw silentHost == null ? lost(e) : failure().orElseThrow();
    } finally {
      over = true;
      failed.countDown();
      relay.close();
    }
    failure()
        .ifPresent(
            failure -> {
              throw failure;
            });
    return Optional.of(endings.get(0).weights());
  }

  private Optional<Failure> failure() {
    return Ending.worst(endings.values()).map(ending -> ending.failure(silentHost));
  }

  /** Takes in how each rank ends as soon as it does. */
  private void collect(RDD<Ending> ranks) {
    Function2<TaskContext, scala.collection.Iterator<Ending>, Ending> only =
        (Function2<TaskContext, scala.collection.Iterator<Ending>, Ending> & Serializable)
            (context, ending) -> ending.next();
    Function2<Object, Ending, BoxedUnit> handler =
        (rank, ending) -> {
          endings.put((Integer) rank, ending);
          if (ending.failed()) {
            failed.countDown();
          }
          return BoxedUnit.UNIT;
        };
    List<Object> all = IntStream.range(0, count()).<Object>mapToObj(rank -> rank).toList();
    spark.sc().runJob(ranks, only, seq(all), handler, tag());
  }

  /**
   * A rank that has failed is known to the others once they listen. One that stays silent hangs,
   * and Spark would wait for it for ever: it is ended together with its executor.
   */
  private void endSilentRanks() {
    Duration patience = job.config().cluster().deadline();
    try {
      failed.await();
      for (long end = System.nanoTime() + patience.toNanos(); !over; ) {
        if (System.nanoTime() > end) {
          relay.running().stream().findFirst().ifPresent(silent -> silentHost = silent.host());
          relay.running().forEach(rank -> spark.sc().killAndReplaceExecutor(rank.executorId()));
          spark.sc().cancelJobGroup(group);
          return;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Tells the ranks to save their state after the step they are in, and to end.
   *
   * @return whether there is a rank to hear it
   */
  boolean stop() {
    // A rank learns of it as of any end that Spark wants; this one does not interrupt its thread.
    OptionalLong first = relay.first();
    return first.isPresent() && spark.sc().killTaskAttempt(first.getAsLong(), false, STOP);
  }

  /** The key of the job travels as Spark's own messages do, so ranks hide what those hide. */
  private Encryption encryption() {
    boolean encrypted =
        switch (job.config().cluster().encryption()) {
          case ON -> true;
          case OFF -> false;
          case AUTO ->
              spark.getConf().getBoolean("spark.network.crypto.enabled", false)
                  || spark.getConf().getBoolean("spark.ssl.rpc.enabled", false);
        };
    return encrypted ? Encryption.AES_GCM : Encryption.OFF;
  }

  /** What Spark says of a lost executor is long; its first line names the executor. */
  private WorkerLost lost(Exception e) {
    String text = String.valueOf(e.getMessage());
    int from = Math.max(0, text.indexOf("ExecutorLostFailure"));
    String line = text.substring(from).lines().findFirst().orElse(text);
    String host = relay.failedHost();
    return new WorkerLost(
        "Cannot finish this attempt: " + line + (host == null ? "" : " (on " + host + ")"),
        host,
        e);
  }

  private int count() {
    return job.config().cluster().ranks();
  }

  /** A barrier of so many tasks; JavaRDD has none. */
  private RDD<Ending> ranks(RankTask task) {
    Seq<String> places = seq(hosts);
    List<Tuple2<Object, Seq<String>>> each =
        IntStream.range(0, count())
            .mapToObj(rank -> new Tuple2<Object, Seq<String>>(rank, places))
            .toList();
    Function1<scala.collection.Iterator<Object>, scala.collection.Iterator<Ending>> body =
        (Function1<scala.collection.Iterator<Object>, scala.collection.Iterator<Ending>>
                & Serializable)
            none -> iterator(task.run());
    RDD<Object> tasks = spark.sc().makeRDD(seq(each), tag());
    return tasks.barrier().mapPartitions(body, false, tag());
  }

  private static <T> scala.collection.Iterator<T> iterator(T only) {
    Iterator<T> one = List.of(only).iterator();
    return CollectionConverters.asScala(one);
  }

  private static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  @SuppressWarnings("unchecked")
  private static <T> ClassTag<T> tag() {
    return (ClassTag<T>) (ClassTag<?>) ClassTag$.MODULE$.apply(Object.class);
  }
}
