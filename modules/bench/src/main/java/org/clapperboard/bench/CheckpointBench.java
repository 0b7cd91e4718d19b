package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.bench.Contender.Lap;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveOptions;
import org.clapperboard.collective.JobKey;
import org.clapperboard.collective.Peer;
import org.clapperboard.collective.TcpCollective;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.checkpoint.AsyncCheckpoints;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.Position;
import org.clapperboard.train.optimizer.OptimizerConfig;
import org.clapperboard.train.optimizer.ShardedAdamW;

/**
 * How long a loop stands still for a checkpoint of one rank that it waits for, and for one that is
 * written beside it.
 *
 * @param place where checkpoints are written: a folder or a URI
 * @param elements parameters that the rank updates; 12 bytes of each are written
 * @param stepSeconds how long after a checkpoint the next update comes
 * @param rounds checkpoints of either kind
 */
record CheckpointBench(String place, long elements, double stepSeconds, int rounds) {
  private static final int WARM = 1;
  private static final int WIDTH = 1024;

  Figures run() throws IOException {
    TorchEngine.start(Runtime.getRuntime().availableProcessors());
    List<ParameterSpec> specs =
        List.of(ParameterSpec.normal("weight", 1, Math.max(1, elements / WIDTH), WIDTH));
    OptimizerConfig settings = new OptimizerConfig(1e-4, 0.9, 0.999, 1e-8, 0, 1);
    try (Parameters parameters = Parameters.allocate(specs);
        ShardedAdamW optimizer =
            new ShardedAdamW(
                parameters, ShardedAdamW.slices(parameters, 1), 0, settings, name -> true);
        Collective alone = alone()) {
      parameters.initialise(1);
      return measured(Map.of("part", optimizer), alone);
    }
  }

  private static Collective alone() throws IOException {
    ServerSocketChannel listener = TcpCollective.listen(InetAddress.getLoopbackAddress());
    int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
    return TcpCollective.connect(
        listener,
        0,
        List.of(new Peer("localhost", port)),
        JobKey.random("bench"),
        CollectiveOptions.defaults());
  }

  private Figures measured(Map<String, ShardedAdamW> state, Collective alone) throws IOException {
    Checkpoints checkpoints =
        new Checkpoints(Folder.of(place, new Configuration()), "bench", "bench", 1);
    try (AsyncCheckpoints waiting = saves(checkpoints, alone, AsyncCheckpoints.Mode.SYNCHRONOUS);
        AsyncCheckpoints beside = saves(checkpoints, alone, AsyncCheckpoints.Mode.ASYNCHRONOUS)) {
      long[] step = {0};
      var laps =
          Contender.rounds(
              List.of(
                  new Contender("synchronous", () -> stall(waiting, ++step[0], state)),
                  new Contender("asynchronous", () -> stall(beside, ++step[0], state))),
              WARM,
              rounds);
      Spread synchronous = Spread.of(laps.get("synchronous").stream().map(Lap::seconds).toList());
      Spread asynchronous = Spread.of(laps.get("asynchronous").stream().map(Lap::seconds).toList());
      return figures(synchronous, asynchronous, ratio(laps));
    } finally {
      checkpoints.removeAll();
    }
  }

  private static AsyncCheckpoints saves(
      Checkpoints checkpoints, Collective alone, AsyncCheckpoints.Mode mode) {
    return new AsyncCheckpoints(
        checkpoints, "attempt", step -> new Position(1, step, Map.of()), alone, mode);
  }

  /** Takes an update, and then a checkpoint, of which only what the loop waits for counts. */
  private Lap stall(AsyncCheckpoints saves, long step, Map<String, ShardedAdamW> state) {
    state.values().forEach(optimizer -> optimizer.step(1));
    double before = saves.stalledSeconds();
    double used = ProcessorClock.seconds();
    saves.begin(step, state, () -> {});
    sleep();
    saves.awaitCopy();
    Lap lap = new Lap(saves.stalledSeconds() - before, ProcessorClock.seconds() - used);
    saves.finish();
    return lap;
  }

  /** The forward and backward pass of a step that others work on: no processor of ours. */
  private void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep((long) (1000 * stepSeconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Within a round. */
  private static Spread ratio(Map<String, List<Lap>> laps) {
    List<Lap> waited = laps.get("synchronous");
    List<Lap> beside = laps.get("asynchronous");
    return Spread.of(
        IntStream.range(0, waited.size())
            .mapToObj(i -> beside.get(i).seconds() / waited.get(i).seconds())
            .toList());
  }

  private Figures figures(Spread synchronous, Spread asynchronous, Spread ratio) {
    double share = asynchronous.median() / synchronous.median();
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("bench", "checkpoint")
            .put("bytes", elements * 12)
            .put("step-seconds", stepSeconds)
            .put("asynchronous-to-synchronous", share);
    json.set("ratio", ratio.json());
    json.set("synchronous-seconds", synchronous.json());
    json.set("asynchronous-seconds", asynchronous.json());
    return new Figures(
        json,
        List.of(
            "| checkpoint of "
                + elements * 12 / 1_000_000
                + " MB | seconds the loop stands still |",
            "|---|---:|",
            "| synchronous | " + synchronous.shown(3) + " |",
            "| asynchronous | " + asynchronous.shown(3) + " |",
            String.format(Locale.ROOT, "asynchronous takes %.1f %% of synchronous", 100 * share)));
  }
}
