package org.clapperboard.train;

import java.io.IOException;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.SerializableConfiguration;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.Encryption;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.TcpCollective;
import org.clapperboard.config.BadConfig;
import org.clapperboard.model.Part;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.nccl.NcclCollective;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.ClusterConfig;
import org.clapperboard.train.loop.Job;
import org.clapperboard.train.loop.Rank;

/**
 * The body of a barrier task: a rank that meets the others. Goes from the driver to the executors.
 */
record RankTask(
    Job job,
    JobKey key,
    Encryption encryption,
    SerializableConfiguration hadoop,
    ProgressAccumulator progress)
    implements Serializable {

  /** Runs on an executor. */
  Ending run() {
    BarrierTaskContext context = BarrierTaskContext.get();
    FutureTask<Void> engine = loadingEngine();
    try (Collective met = meet(context)) {
      OptionalInt gpu = gpu(met, context);
      try (Collective ranks = overGpus(met, gpu)) {
        return trained(ranks, gpu, context, engine);
      }
    } catch (Exception e) {
      return ending(e);
    }
  }

  /** Loads the engine beside the meeting: Spark looks once a second whether all ranks are there. */
  private FutureTask<Void> loadingEngine() {
    FutureTask<Void> engine =
        new FutureTask<>(() -> TorchEngine.start(job.config().cluster().threads()), null);
    Thread loading = new Thread(engine, "load-engine");
    loading.setDaemon(true);
    loading.start();
    return engine;
  }

  private static void await(FutureTask<Void> engine) throws InterruptedException {
    try {
      engine.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  private Ending trained(
      Collective ranks, OptionalInt gpu, BarrierTaskContext context, FutureTask<Void> engine) {
    try {
      await(engine);
      return Ending.well(train(ranks, gpu, context));
    } catch (Exception | FSError e) {
      ranks.abort(e);
      return ending(e);
    }
  }

  /** The GPU that it computes on, if it does. */
  private OptionalInt gpu(Collective met, BarrierTaskContext context) {
    ClusterConfig cluster = job.config().cluster();
    if (!cluster.needsGpus()) {
      return OptionalInt.empty();
    }
    try {
      TorchEngine.start(cluster.threads());
      return OptionalInt.of(RankGpu.of(context.resourcesJMap(), met.rank()));
    } catch (BadConfig e) {
      met.abort(e);
      throw e;
    }
  }

  /** The same ranks, or the same over their GPUs, if that is wanted. */
  private Collective overGpus(Collective met, OptionalInt gpu) {
    ClusterConfig cluster = job.config().cluster();
    return cluster.usesNccl()
        ? NcclCollective.open(met, gpu.orElseThrow(), cluster.deadline())
        : met;
  }

  private Map<Part, WeightFile> train(Collective ranks, OptionalInt gpu, BarrierTaskContext context)
      throws IOException {
    Configuration settings = hadoop.value();
    Path scratch = SparkEnv.get().blockManager().diskBlockManager().localDirs()[0].toPath();
    String device = gpu.isPresent() ? "cuda:" + gpu.getAsInt() : null;
    return new Rank(job, ranks, device, settings, scratch, progress::add, context::isInterrupted)
        .train();
  }

  /** What storage says is put into words here, where nobody has done so before. */
  private Ending ending(Throwable e) {
    return StorageFailure.behind(e)
        .map(io -> StorageFailure.of(job.config(), io))
        .map(Ending::of)
        .orElseGet(() -> Ending.of(e));
  }

  /**
   * Exchanges addresses once, through Spark, and connects the ranks with each other. Ranks of a
   * host get numbers next to each other; that of the first task is 0.
   */
  private Collective meet(BarrierTaskContext context) throws IOException {
    int task = context.partitionId();
    String host = context.getTaskInfos()[task].address().replaceAll(":\\d+$", "");
    ServerSocketChannel listener = TcpCollective.listen(InetAddress.getByName(host));
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    List<Peer> tasks = new ArrayList<>();
    for (String address : context.allGather(host + " " + port)) {
      String[] parts = address.split(" ", 2);
      tasks.add(new Peer(parts[0], Integer.parseInt(parts[1])));
    }
    List<Peer> peers = Peer.byHost(tasks);
    int rank = peers.indexOf(tasks.get(task));
    return TcpCollective.connect(listener, rank, peers, key, options(job.config().cluster()));
  }

  private CollectiveOptions options(ClusterConfig cluster) {
    return CollectiveOptions.defaults()
        .withDeadline(cluster.deadline())
        .withStreams(cluster.streams())
        .withSameHost(cluster.sameHost())
        .withRoute(cluster.route())
        .withWire(cluster.wire())
        .withEncryption(encryption);
  }
}
