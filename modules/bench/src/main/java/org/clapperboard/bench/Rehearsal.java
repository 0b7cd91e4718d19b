package org.clapperboard.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.clapperboard.app.Console;
import org.clapperboard.config.WorkerLost;

/**
 * Trains a stage on a cluster on this machine, and now and then kills a process of it: an executor,
 * which Spark replaces, or the driver, which is started again as a scheduler would do it.
 */
final class Rehearsal {
  /** How a process ends that is killed. */
  private static final int KILLED = 137;

  private static final String SPARK = "--driver-memory 512m --conf spark.executor.memory=512m";

  private final RehearsalWorld world;
  private final LocalCluster cluster;
  private final String[] settings;
  private final double patience;
  private final Console console;
  private final List<Kill> kills = new ArrayList<>();
  private JobScript training;
  private boolean driverKilled;

  /**
   * What is done to a stage.
   *
   * @param most kills at most
   * @param every seconds between two, and from the first checkpoint to the first
   * @param victims draws who is killed
   */
  record Kills(int most, double every, Random victims) {
    /** It is left alone. */
    static final Kills NONE = new Kills(0, 0, new Random(0));
  }

  /**
   * A process that was killed.
   *
   * @param number from 1
   * @param at when
   * @param victim its name
   * @param saved steps that the newest checkpoint counted then
   * @param secondsToCheckpoint how long it took from then to a further checkpoint or to the end;
   *     null if that did not come before the next kill
   */
  record Kill(int number, Instant at, String victim, long saved, Double secondsToCheckpoint) {}

  /**
   * A stage that was trained to its end.
   *
   * @param seconds from its first start on
   * @param firstCheckpoint seconds to its first checkpoint
   * @param kills in turn
   */
  record Trained(double seconds, double firstCheckpoint, List<Kill> kills) {
    Trained {
      kills = List.copyOf(kills);
    }
  }

  /**
   * A rehearsal of a stage.
   *
   * @param patience seconds without a further checkpoint after which it hangs
   * @param settings of the stage
   */
  Rehearsal(
      RehearsalWorld world,
      LocalCluster cluster,
      double patience,
      Console console,
      String... settings) {
    this.world = world;
    this.cluster = cluster;
    this.patience = patience;
    this.console = console;
    this.settings = settings;
  }

  /** Trains the stage of a run to its end. */
  Trained train(Path run, Kills plan) throws IOException {
    long start = System.nanoTime();
    double firstCheckpoint = 0;
    long newest = 0;
    double moved = 0;
    try {
      training = world.train(cluster, run, SPARK, settings);
      while (goesOn(run)) {
        RehearsalWorld.pause();
        double now = seconds(start);
        long saved = RehearsalWorld.newest(run);
        if (saved > newest) {
          firstCheckpoint = newest == 0 ? now : firstCheckpoint;
          newest = saved;
          moved = now;
          recovered();
          console.progress("  %s: step %d, %.0f s", run.getFileName(), saved, now);
        }
        if (now - moved > patience) {
          throw new WorkerLost(hanging(newest));
        }
        double due = firstCheckpoint + (kills.size() + 1) * plan.every();
        if (newest > 0 && kills.size() < plan.most() && now > due) {
          kill(plan.victims(), saved);
        }
      }
      recovered();
    } finally {
      training.close();
    }
    return new Trained(seconds(start), firstCheckpoint, kills);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private String hanging(long newest) {
    return "Cannot finish a rehearsal: for %.0f s no checkpoint came after that of step %d."
        .formatted(patience, newest);
  }

  /** Whether the stage is not finished yet; a driver that was killed is started again. */
  private boolean goesOn(Path run) throws IOException {
    if (training.runs()) {
      return true;
    }
    if (training.code() == KILLED && driverKilled) {
      driverKilled = false;
      training = world.train(cluster, run, SPARK, settings);
      return true;
    }
    if (training.code() != 0) {
      throw training.failed(training.code());
    }
    return false;
  }

  private void recovered() {
    if (!kills.isEmpty()) {
      Kill last = kills.get(kills.size() - 1);
      if (last.secondsToCheckpoint() == null) {
        double seconds = Duration.between(last.at(), Instant.now()).toMillis() / 1e3;
        kills.set(
            kills.size() - 1,
            new Kill(last.number(), last.at(), last.victim(), last.saved(), seconds));
      }
    }
  }

  private void kill(Random victims, long saved) {
    List<LocalCluster.Executor> executors = cluster.executors();
    Optional<ProcessHandle> driver = training.driver();
    int drawn = victims.nextInt(world.ranks() + 1);
    String victim;
    if (drawn == world.ranks() && driver.isPresent()) {
      driverKilled = driver.get().destroyForcibly();
      victim = "driver";
    } else if (executors.isEmpty()) {
      victim = "nobody, since there was no executor";
    } else {
      LocalCluster.Executor one = executors.get(drawn % executors.size());
      one.process().destroyForcibly();
      victim = "executor " + one.id();
    }
    kills.add(new Kill(kills.size() + 1, Instant.now(), victim, saved, null));
    console.line("  kill %d: %s, step %d is saved", kills.size(), victim, saved);
  }
}
