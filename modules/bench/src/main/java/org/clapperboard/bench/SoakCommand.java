package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.app.Console;
import org.clapperboard.bench.ProcessGauge.Reading;
import org.clapperboard.config.WorkerLost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code jobs/bench.sh soak}. */
@Command(
    name = "soak",
    description =
        "Trains a tiny model on a cluster on this machine for long, and watches the driver and "
            + "every executor: memory, heap and direct buffers once dead objects are collected, threads, "
            + "open files. None of it may grow over the last two thirds of the time.",
    footer = {"  jobs/bench.sh soak", "  jobs/bench.sh soak --minutes 120 --json soak.json"})
final class SoakCommand extends Measurement {
  /** The heap is there from the start, so that what else grows is seen. */
  private static final String STEADY_HEAP = "-Xms512m\n-XX:+AlwaysPreTouch\n";

  private static final String SPARK =
      "--driver-memory 512m --conf spark.executor.memory=512m"
          + " --conf spark.driver.extraJavaOptions=-XX:VMOptionsFile=%1$s"
          + " --conf spark.executor.extraJavaOptions=-XX:VMOptionsFile=%1$s";

  /** Out of reach. */
  private static final long STEPS = 10_000_000;

  @Spec private CommandSpec command;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "2",
      description = "Ranks. Default: ${DEFAULT-VALUE}.")
  private int ranks;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "30",
      description = "How long, from the first checkpoint on. Default: ${DEFAULT-VALUE}.")
  private double minutes;

  @Option(
      names = "--every",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "Between two readings. Default: ${DEFAULT-VALUE}.")
  private double every;

  @Option(
      names = "--collect-every",
      paramLabel = "N",
      defaultValue = "15",
      description = "Readings of which one collects dead objects first. Default: ${DEFAULT-VALUE}.")
  private int collectEvery;

  @Option(
      names = "--jobs",
      paramLabel = "FOLDER",
      hidden = true,
      defaultValue = "jobs",
      description = "The folder of the scripts.")
  private Path jobs;

  private final Console console = new Console();

  @Override
  Figures measure(Path folder) throws IOException {
    if (ranks < 1 || minutes <= 0 || every <= 0 || collectEvery < 1) {
      throw new ParameterException(
          command.commandLine(),
          "--ranks is %d, --minutes %s, --every %s, --collect-every %d (expected: numbers above 0)."
              .formatted(ranks, minutes, every, collectEvery));
    }
    RehearsalWorld world = new RehearsalWorld(jobs, folder, ranks);
    try (LocalCluster cluster = LocalCluster.start(jobs, ranks)) {
      world.make(cluster);
      Path run = world.run("soak");
      String[] settings = {"steps=" + STEPS, "checkpoint.every-steps=100"};
      try (JobScript training = world.train(cluster, run, spark(folder), settings)) {
        while (RehearsalWorld.newest(run) == 0) {
          requireRunning(training);
          RehearsalWorld.pause();
        }
        return watch(cluster, training, run);
      }
    }
  }

  private static String spark(Path folder) throws IOException {
    return SPARK.formatted(Files.writeString(folder.resolve("jvm-options"), STEADY_HEAP));
  }

  private static void requireRunning(JobScript training) throws IOException {
    if (!training.runs()) {
      throw training.failed(training.code());
    }
  }

  private Figures watch(LocalCluster cluster, JobScript training, Path run) throws IOException {
    Map<String, List<Reading>> readings = new LinkedHashMap<>();
    List<ProcessGauge> gauges = gauges(cluster, training);
    try {
      long first = RehearsalWorld.newest(run);
      long start = System.nanoTime();
      double seconds = 0;
      for (int number = 0; seconds < 60 * minutes; number++) {
        while ((seconds = (System.nanoTime() - start) / 1e9) < number * every) {
          RehearsalWorld.pause();
        }
        requireRunning(training);
        for (ProcessGauge gauge : gauges) {
          readings
              .computeIfAbsent(gauge.name(), name -> new ArrayList<>())
              .add(gauge.read(seconds, number % collectEvery == 0));
        }
        console.progress(
            "  %.0f of %.0f s, step %d", seconds, 60 * minutes, RehearsalWorld.newest(run));
      }
      long steps = RehearsalWorld.newest(run) - first;
      return new SoakFigures(ranks, steps, seconds, readings).figures();
    } finally {
      gauges.forEach(ProcessGauge::close);
    }
  }

  private List<ProcessGauge> gauges(LocalCluster cluster, JobScript training) throws IOException {
    List<ProcessGauge> gauges = new ArrayList<>();
    ProcessHandle driver =
        training
            .driver()
            .orElseThrow(() -> new WorkerLost("Cannot watch the driver: it is not there."));
    gauges.add(new ProcessGauge("driver", driver));
    for (LocalCluster.Executor executor : cluster.executors()) {
      gauges.add(new ProcessGauge("executor " + executor.id(), executor.process()));
    }
    if (gauges.size() != ranks + 1) {
      gauges.forEach(ProcessGauge::close);
      throw new WorkerLost(
          "Cannot watch %d executors: there are %d.".formatted(ranks, gauges.size() - 1));
    }
    return gauges;
  }
}
