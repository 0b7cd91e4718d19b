package org.clapperboard.train;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FSError;
import org.apache.spark.api.java.JavaSparkContext;
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
import org.clapperboard.train.loop.SliceExam;
import org.clapperboard.train.metrics.StepMetrics;

/**
 * Trains a stage as a Spark barrier job, one rank per executor. Runs on the driver.
 *
 * <p>Spark never retries a failed barrier result stage, and should not: a new attempt has to begin
 * at the newest checkpoint, which only the driver knows.
 */
public final class TrainJob {
  private static final int FAILURES_OF_A_HOST = 2;

  private final JavaSparkContext spark;
  private final StagePlan plan;
  private final StageConfig config;
  private final Folder stage;
  private final SliceExam slices;
  private final Listener listener;
  private final Checkpoints checkpoints;
  private long firstStep;

  /**
   * How an attempt begins.
   *
   * @param number its number, from 1
   * @param firstStep the step it begins with
   * @param steps steps of the stage
   * @param ranks ranks it has, which may be fewer than the stage is meant to have
   * @param without hosts that are left out, since attempts have failed there
   */
  public record Start(int number, long firstStep, long steps, int ranks, List<String> without) {
    public Start {
      without = List.copyOf(without);
    }
  }

  /** Hears what happens, for whoever shows it. */
  public interface Listener {
    /** An attempt begins. */
    void attempt(Start start);

    /** What a rank of the attempt should need of memory. */
    default void planned(MemoryPlan memory) {}

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

  /**
   * A job for a plan that misses nothing.
   *
   * @param slices asks the exam slices of the stage; null if it has none
   */
  public TrainJob(JavaSparkContext spark, StagePlan plan, SliceExam slices, Listener listener) {
    if (slices == null && !plan.config().examSlices().sets().isEmpty()) {
      throw new IllegalArgumentException("nobody asks the exam slices of the stage");
    }
    this.slices = slices;
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
    VisionFeatures wanted = VisionFeatures.of(plan, spark.hadoopConfiguration());
    wanted.missing().throwIfAny();
    Executors executors = new Executors(spark, plan, listener);
    executors.requireSteady();
    try (Interruption interruption = new Interruption(config.cluster().grace())) {
      return run(executors, interruption, wanted.folders());
    } catch (IOException | FSError e) {
      throw StorageFailure.of(config, e);
    }
  }

  private StageResult run(
      Executors executors, Interruption interruption, Map<String, String> features)
      throws IOException {
    Map<String, Integer> failures = new TreeMap<>();
    Stamina stamina = new Stamina(config.cluster().attempts());
    for (int number = 1; ; number++) {
      Set<String> failing = failing(failures);
      Seats seats = executors.await(failing);
      Attempt attempt =
          new Attempt(spark, plan, stage, checkpoints, seats, interruption, slices, features);
      try {
        Optional<Map<Part, WeightFile>> trained =
            attempt(attempt, number, () -> executors.areAll(failing));
        if (trained.isPresent()) {
          return finish(trained.get());
        }
      } catch (WorkerLost e) {
        requireRunning(e, interruption);
        listener.lost(number, e.getMessage());
        stamina.lost(firstStep);
        if (stamina.isSpent()) {
          throw e;
        }
        e.host().ifPresent(host -> failures.merge(host, 1, Integer::sum));
        pause(stamina.pause());
        continue;
      }
      if (interruption.told()) {
        throw stopped();
      }
    }
  }

  /** The hosts on which too many attempts have failed. */
  private static Set<String> failing(Map<String, Integer> failures) {
    return failures.entrySet().stream()
        .filter(host -> host.getValue() >= FAILURES_OF_A_HOST)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
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
  private void requireRunning(WorkerLost why, Interruption interruption) {
    if (spark.sc().isStopped() || interruption.told()) {
      throw new WorkerLost(
          "Cannot finish "
              + config.stage()
              + ": it was interrupted. Started again, it goes on from its newest checkpoint.",
          why);
    }
  }

  /** Begins at the newest checkpoint, or, where that turns out to be harmed, at the one before. */
  private Optional<Map<Part, WeightFile>> attempt(Attempt attempt, int number, BooleanSupplier more)
      throws IOException {
    while (true) {
      Optional<Checkpoints.Found> newest = checkpoints.newest();
      firstStep = newest.map(Checkpoints.Found::step).orElse(0L);
      try {
        return attempt.run(number, newest.orElse(null), listener, more);
      } catch (DamagedCheckpoint e) {
        checkpoints.setAside(newest.orElseThrow());
        listener.damaged(e.getMessage(), stepsSaved());
      }
    }
  }

  private long stepsSaved() {
    return checkpoints.newest().map(Checkpoints.Found::step).orElse(0L);
  }

  private static void pause(Duration time) {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
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
