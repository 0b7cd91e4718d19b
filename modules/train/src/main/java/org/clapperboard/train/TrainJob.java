package org.clapperboard.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.collective.JobKey;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.config.DamagedCheckpoint;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.Job;
import org.clapperboard.train.metrics.StepMetrics;

/**
 * Trains a stage as a Spark barrier job, one rank per executor. Runs on the driver.
 *
 * <p>Spark never retries a failed barrier result stage, and should not: a new attempt has to begin
 * at the newest checkpoint, which only the driver knows.
 */
public final class TrainJob {
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  private final JavaSparkContext spark;
  private final StagePlan plan;
  private final StageConfig config;
  private final Folder stage;
  private final Listener listener;
  private final Checkpoints checkpoints;
  private Interruption interruption;

  /** Hears what happens, for whoever shows it. */
  public interface Listener {
    /** An attempt begins at a step. */
    void attempt(int number, long firstStep, long steps);

    /** Not all executors that the ranks need are there yet. */
    default void waiting(int there, int wanted) {}

    /** A step is done. Not every step is told. */
    void step(StepMetrics metrics);

    /** An attempt ended; another may follow. */
    void lost(int number, String why);

    /** The driver was told to end, and a checkpoint holds what these steps have learned. */
    default void saved(long done) {}

    /** A checkpoint is set aside, and what is gone on from counts so many steps. */
    default void damaged(String why, long steps) {}
  }

  /** A job for a plan that misses nothing. */
  public TrainJob(JavaSparkContext spark, StagePlan plan, Listener listener) {
    this.spark = spark;
    this.plan = plan;
    this.config = plan.config();
    this.stage = Folder.of(config.folder(), spark.hadoopConfiguration());
    this.listener = listener;
    this.checkpoints =
        new Checkpoints(
            stage.folder("checkpoints"), config.stage(), plan.inputs(), config.checkpoint().keep());
  }

  /**
   * Trains, unless the stage has been trained with the same configuration.
   *
   * @return what it hands over
   * @throws Failure if it cannot be trained
   */
  public StageResult run() {
    plan.missing().throwIfAny();
    StageResult before = StageResult.in(stage);
    if (before != null) {
      requireSame(before);
      return before;
    }
    Executors executors = new Executors(spark, plan, listener);
    executors.requireSteady();
    try (Interruption heard = new Interruption(config.cluster().grace())) {
      interruption = heard;
      return run(executors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private StageResult run(Executors executors) throws IOException {
    for (int attempt = 1; ; attempt++) {
      executors.await();
      Optional<Map<Part, WeightFile>> trained;
      try {
        trained = attempt(attempt);
      } catch (WorkerLost e) {
        requireRunning(e);
        listener.lost(attempt, e.getMessage());
        if (attempt == config.cluster().attempts()) {
          throw e;
        }
        pause(attempt);
        continue;
      }
      return finish(trained.orElseThrow(this::stopped));
    }
  }

  /** A finished stage is never trained over: others may have started from it. */
  private void requireSame(StageResult before) {
    refusal(plan, before, stage)
        .ifPresent(
            why -> {
              throw new BadCheckpoint(why);
            });
  }

  /**
   * Why a finished stage cannot stand for a plan, if it cannot.
   *
   * @param folder where it is
   */
  public static Optional<String> refusal(StagePlan plan, StageResult before, Folder folder) {
    if (before.inputs().equals(plan.inputs())) {
      return Optional.empty();
    }
    return Optional.of(
        "Cannot train "
            + plan.config().stage()
            + ": it is finished in "
            + folder
            + ", but its configuration, its data or its starting weights have changed since. Undo"
            + " the change, delete that folder to train it again, or choose another run.");
  }

  /** The ranks have saved their state, since the driver was told to end. */
  private WorkerLost stopped() {
    long done = stepsSaved();
    listener.saved(done);
    return new WorkerLost(
        String.format(
            "Cannot finish %s: it was interrupted. Its state after step %d of %d is saved; started"
                + " again, it goes on from there.",
            config.stage(), done, plan.steps()));
  }

  /** Whoever stops Spark, with a signal for example, wants no other attempt. */
  private void requireRunning(WorkerLost why) {
    if (spark.sc().isStopped() || interruption.told()) {
      throw new WorkerLost(
          "Cannot finish "
              + config.stage()
              + ": it was interrupted. Started again, it goes on from its newest checkpoint.",
          why);
    }
  }

  /** Begins at the newest checkpoint, or, where that turns out to be harmed, at the one before. */
  private Optional<Map<Part, WeightFile>> attempt(int number) throws IOException {
    while (true) {
      Optional<Checkpoints.Found> newest = checkpoints.newest();
      try {
        return attempt(number, newest.orElse(null));
      } catch (DamagedCheckpoint e) {
        checkpoints.setAside(newest.orElseThrow());
        listener.damaged(e.getMessage(), stepsSaved());
      }
    }
  }

  private long stepsSaved() {
    return checkpoints.newest().map(Checkpoints.Found::step).orElse(0L);
  }

  private Optional<Map<Part, WeightFile>> attempt(int number, Checkpoints.Found from)
      throws IOException {
    long firstStep = from == null ? 0 : from.step();
    if (firstStep == 0) {
      InputTable.write(stage, plan);
    }
    listener.attempt(number, firstStep, plan.steps());
    AttemptLog log = new AttemptLog(stage, config, number, firstStep);
    try {
      Optional<Map<Part, WeightFile>> trained = run(from, log);
      if (trained.isPresent()) {
        log.ended(plan.steps(), null);
      } else {
        log.ended(stepsSaved(), "The driver was told to end.");
      }
      return trained;
    } catch (Failure e) {
      log.failed(this::stepsSaved, e);
      throw e;
    }
  }

  private Optional<Map<Part, WeightFile>> run(Checkpoints.Found from, AttemptLog log) {
    Job job =
        new Job(
            config,
            plan.inputs(),
            plan.steps(),
            plan.rowGroups(),
            plan.exclusion().leftOut(),
            plan.answers(),
            plan.weights(),
            from,
            log.name());
    JobKey key = JobKey.random(config.stage() + " " + log.name());
    Consumer<StepMetrics> steps =
        step -> {
          log.step(step);
          listener.step(step);
        };
    BarrierRun run = new BarrierRun(spark, job, key, steps);
    interruption.follow(run);
    return run.run();
  }

  /** What made an attempt fail may take a while to pass. */
  private static void pause(int attempt) {
    long seconds = Math.min(LONGEST_PAUSE.toSeconds(), 1L << Math.min(30, attempt - 1));
    try {
      TimeUnit.SECONDS.sleep(seconds);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted between two attempts", e);
    }
  }

  private StageResult finish(Map<Part, WeightFile> trained) throws IOException {
    Map<String, WeightFile> parts = new TreeMap<>();
    plan.weights().forEach((part, file) -> parts.put(part.key(), file));
    trained.forEach((part, file) -> parts.put(part.key(), file));
    StageResult result = new StageResult(config.stage(), plan.inputs(), plan.steps(), parts);
    result.write(stage);
    stage.folder("checkpoints").delete();
    return result;
  }
}
