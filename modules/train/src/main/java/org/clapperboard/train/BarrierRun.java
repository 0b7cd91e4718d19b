package org.clapperboard.train;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Serializable;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.Encryption;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.TcpCollective;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.BadData;
import org.clapperboard.config.DamagedCheckpoint;
import org.clapperboard.config.Failure;
import org.clapperboard.config.InternalFailure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig.ClusterConfig;
import org.clapperboard.train.loop.Job;
import org.clapperboard.train.loop.Rank;
import org.clapperboard.train.metrics.StepMetrics;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** One attempt at a stage: a barrier stage whose tasks are the ranks. */
final class BarrierRun {
  /** How Spark words the end of a task that was told to stop. */
  private static final String STOP = "to save its state";

  private static final String STOPPED = "TaskKilled (" + STOP + ")";

  private final JavaSparkContext spark;
  private final Job job;
  private final JobKey key;
  private final String group;
  private final ProgressRelay relay;

  BarrierRun(JavaSparkContext spark, Job job, JobKey key, Consumer<StepMetrics> listener) {
    this.spark = spark;
    this.job = job;
    this.key = key;
    this.group = job.config().stage() + " " + job.attempt();
    this.relay = ProgressRelay.register(spark.sc(), group, listener);
  }

  /**
   * How a rank ended. A failure of ours travels as a value, since Spark turns what a barrier task
   * throws into text.
   *
   * @param weights what it trained; rank 0 only
   * @param kind simple name of the failure, or null
   * @param message its message
   * @param trace its stack trace
   */
  private record Ending(Map<Part, WeightFile> weights, String kind, String message, String trace)
      implements Serializable {

    static Ending of(Throwable e) {
      StringWriter trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      return new Ending(null, e.getClass().getSimpleName(), e.getMessage(), trace.toString());
    }
  }

  /**
   * Runs the ranks to their end. Once.
   *
   * @return the files of what was trained; nothing if the ranks were told to stop, and did
   * @throws WorkerLost if an executor or a rank was lost: another attempt may succeed
   * @throws Failure if a rank failed in a way that another attempt would repeat
   */
  Optional<Map<Part, WeightFile>> run() {
    int ranks = job.config().cluster().ranks();
    SerializableConfiguration hadoop = new SerializableConfiguration(spark.hadoopConfiguration());
    Job sent = job;
    JobKey sentKey = key;
    ProgressAccumulator progress = relay.accumulator();
    Encryption encryption = encryption();
    JavaRDD<Integer> tasks = spark.parallelize(IntStream.range(0, ranks).boxed().toList(), ranks);
    spark.setJobGroup(group, "train " + job.config().stage(), true);
    List<Ending> endings;
    try {
      endings =
          barrier(
                  tasks,
                  none ->
                      List.of(rank(sent, sentKey, encryption, hadoop.value(), progress)).iterator())
              .collect();
    } catch (Exception e) {
      if (String.valueOf(e.getMessage()).contains(STOPPED)) {
        return Optional.empty();
      }
      throw lost(e);
    } finally {
      relay.close();
    }
    return Optional.of(result(endings));
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

  private static Map<Part, WeightFile> result(List<Ending> endings) {
    Ending worst = null;
    for (Ending ending : endings) {
      // A lost worker is what the other ranks see of any failure; the cause is the other kind.
      boolean cause = ending.kind() != null && !isLost(ending);
      if (worst == null ? ending.kind() != null : cause && isLost(worst)) {
        worst = ending;
      }
    }
    if (worst == null) {
      return endings.get(0).weights();
    }
    throw failure(worst);
  }

  private static boolean isLost(Ending ending) {
    return WorkerLost.class.getSimpleName().equals(ending.kind());
  }

  private static Failure failure(Ending ending) {
    String message = ending.message();
    return switch (ending.kind()) {
      case "WorkerLost" -> new WorkerLost(message, null);
      case "BadData" -> new BadData(message);
      case "BadCheckpoint" -> new BadCheckpoint(message);
      case "DamagedCheckpoint" -> new DamagedCheckpoint(message);
      default ->
          new InternalFailure("Cannot train: " + ending.kind() + ": " + ending.trace(), null);
    };
  }

  /** What Spark says of a lost executor is long; its first line names the executor. */
  private WorkerLost lost(Exception e) {
    String text = String.valueOf(e.getMessage());
    int from = Math.max(0, text.indexOf("ExecutorLostFailure"));
    String line = text.substring(from).lines().findFirst().orElse(text);
    String host = relay.failedHost();
    return new WorkerLost(
        "Cannot finish this attempt: " + line + (host == null ? "" : " (on " + host + ")"), e);
  }

  /** The body of a barrier task. Runs on an executor. */
  private static Ending rank(
      Job job,
      JobKey key,
      Encryption encryption,
      Configuration hadoop,
      ProgressAccumulator progress) {
    BarrierTaskContext context = BarrierTaskContext.get();
    int rank = context.partitionId();
    CollectiveOptions options = options(job.config().cluster(), encryption);
    try (Collective ranks = meet(context, rank, key, options)) {
      try {
        Rank trainer = new Rank(job, ranks, hadoop, progress::add, context::isInterrupted);
        return new Ending(trainer.train(), null, null, null);
      } catch (Exception e) {
        ranks.abort(e);
        return Ending.of(e);
      }
    } catch (Exception e) {
      return Ending.of(e);
    }
  }

  /** Exchanges addresses once, through Spark, and connects the ranks with each other. */
  private static Collective meet(
      BarrierTaskContext context, int rank, JobKey key, CollectiveOptions options)
      throws IOException {
    String host = context.getTaskInfos()[rank].address().replaceAll(":\\d+$", "");
    ServerSocketChannel listener = TcpCollective.listen(InetAddress.getByName(host));
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    List<Peer> peers = new ArrayList<>();
    for (String address : context.allGather(host + " " + port)) {
      String[] parts = address.split(" ", 2);
      peers.add(new Peer(parts[0], Integer.parseInt(parts[1])));
    }
    return TcpCollective.connect(listener, rank, peers, key, options);
  }

  private static CollectiveOptions options(ClusterConfig cluster, Encryption encryption) {
    return CollectiveOptions.defaults()
        .withDeadline(cluster.deadline())
        .withStreams(cluster.streams())
        .withSameHost(cluster.sameHost())
        .withWire(cluster.wire())
        .withEncryption(encryption);
  }

  /** JavaRDD has no barrier of its own. */
  @SuppressWarnings("unchecked")
  private static <T, R> JavaRDD<R> barrier(JavaRDD<T> rdd, FlatMapFunction<Iterator<T>, R> task) {
    ClassTag<R> tag = (ClassTag<R>) (ClassTag<?>) ClassTag$.MODULE$.apply(Object.class);
    scala.Function1<scala.collection.Iterator<T>, scala.collection.Iterator<R>> body =
        (scala.Function1<scala.collection.Iterator<T>, scala.collection.Iterator<R>> & Serializable)
            items -> {
              try {
                return CollectionConverters.asScala(task.call(CollectionConverters.asJava(items)));
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            };
    return new JavaRDD<>(rdd.rdd().barrier().mapPartitions(body, false, tag), tag);
  }
}
