package org.clapperboard.train;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.clapperboard.config.Failure;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.model.Part;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.checkpoint.WeightFile;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.Job;
import org.clapperboard.train.loop.SliceExam;

/** One attempt at a stage, from a checkpoint to its end or to what ends it. Runs on the driver. */
final class Attempt {
  private static final long MILLIS_BETWEEN_LOOKS = 500;

  private final JavaSparkContext spark;
  private final StagePlan plan;
  private final StageConfig config;
  private final Folder stage;
  private final Checkpoints checkpoints;
  private final Seats seats;
  private final Interruption interruption;
  private final SliceExam slices;
  private final Map<String, String> features;

  /**
   * An attempt on these seats.
   *
   * @param features where the vision encoder's features are read from, by dataset
   */
  Attempt(
      JavaSparkContext spark,
      StagePlan plan,
      Folder stage,
      Checkpoints checkpoints,
      Seats seats,
      Interruption interruption,
      SliceExam slices,
      Map<String, String> features) {
    this.spark = spark;
    this.plan = plan;
    this.config = plan.config().onRanks(seats.ranks());
    this.stage = stage;
    this.checkpoints = checkpoints;
    this.seats = seats;
    this.interruption = interruption;
    this.slices = slices;
    this.features = features;
  }

  /**
   * Trains.
   *
   * @param from the checkpoint to go on from, or null
   * @param more whether there are executors for all ranks that the stage is meant to have; then
   *     fewer ranks save their state and end
   * @return the files of what was trained; nothing if the ranks were told to stop, and did
   */
  Optional<Map<Part, WeightFile>> run(
      int number, Checkpoints.Found from, TrainJob.Listener listener, BooleanSupplier more)
      throws IOException {
    long firstStep = from == null ? 0 : from.step();
    if (firstStep == 0) {
      InputTable.write(stage, plan);
    }
    listener.attempt(
        new TrainJob.Start(number, firstStep, plan.steps(), seats.ranks(), seats.without()));
    MemoryPlan memory = MemoryPlan.of(plan, spark.hadoopConfiguration(), seats.ranks());
    listener.planned(memory);
    AttemptLog log = new AttemptLog(stage, config, number, firstStep, memory);
    BarrierRun run =
        new BarrierRun(
            spark,
            job(from, log),
            seats.hosts(),
            step -> {
              log.step(step);
              listener.step(step);
            });
    interruption.follow(run);
    try (Growth growth = new Growth(run, more)) {
      Optional<Map<Part, WeightFile>> trained = run.run();
      if (trained.isPresent()) {
        log.ended(plan.steps(), null);
      } else {
        log.ended(
            saved(),
            growth.wanted() ? "There are executors for all ranks." : "The driver was told to end.");
      }
      return trained;
    } catch (Failure e) {
      log.failed(this::saved, e);
      throw e;
    }
  }

  private Job job(Checkpoints.Found from, AttemptLog log) {
    return new Job(
        config,
        plan.inputs(),
        plan.steps(),
        plan.rowGroups(),
        plan.exclusion().leftOut(),
        plan.answers(),
        features,
        plan.weights(),
        from,
        slices,
        log.name());
  }

  private long saved() {
    return checkpoints.newest().map(Checkpoints.Found::step).orElse(0L);
  }

  /** Stops ranks that are fewer than they should be when there is room for all. */
  private final class Growth implements AutoCloseable {
    private final BarrierRun run;
    private final BooleanSupplier more;
    private final Thread watch = new Thread(this::look, "watch-executors");
    private volatile boolean wanted;

    Growth(BarrierRun run, BooleanSupplier more) {
      this.run = run;
      this.more = more;
      if (seats.ranks() < plan.config().cluster().ranks()) {
        watch.setDaemon(true);
        watch.start();
      }
    }

    private void look() {
      try {
        while (!wanted) {
          TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN_LOOKS);
          wanted = more.getAsBoolean() && run.stop();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    boolean wanted() {
      return wanted;
    }

    @Override
    public void close() {
      watch.interrupt();
    }
  }
}
