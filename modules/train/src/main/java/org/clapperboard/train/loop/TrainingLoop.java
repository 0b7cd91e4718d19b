package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import org.clapperboard.collective.Collective;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.loop.StepSums.Totals;
import org.clapperboard.train.metrics.MemoryWatch;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.StepMetrics.Skips;

/** The loop of one rank. It owns no algorithm: it says in which order things happen. */
final class TrainingLoop {
  private final Batches batches;
  private final Objective objective;
  private final ShardedUpdate update;
  private final LongToDoubleFunction schedule;
  private final Collective ranks;
  private final StepRecord record;
  private final MicroBatches microBatches;
  private final StepSums sums;
  private final SkippedSteps skipped;
  private final long seed;
  private final MemoryWatch memory = new MemoryWatch();

  /** This rank's samples, step after step. */
  interface Batches {
    /** The samples of the next step. */
    List<Item> next();

    /** Seconds that steps have waited for samples. */
    double waitedSeconds();
  }

  /** What is kept of the steps: ledger, metrics, checkpoints. */
  interface StepRecord {
    void step(StepMetrics metrics, List<Item> items, List<SampleLoss> losses) throws IOException;

    /** Weights and the optimizer's state are about to change. */
    default void updating() {}

    /** No step follows, since so many are done that all are, or since it is told to stop. */
    default void end(long done) throws IOException {}

    /** All ranks give up after the last recorded step: what was begun of it is finished. */
    default void giveUp() throws IOException {}
  }

  TrainingLoop(
      Batches batches,
      Objective objective,
      ShardedUpdate update,
      LongToDoubleFunction schedule,
      Collective ranks,
      StepRecord record,
      MicroBatches microBatches,
      StepSums sums,
      SkippedSteps skipped,
      long seed) {
    this.batches = batches;
    this.objective = objective;
    this.update = update;
    this.schedule = schedule;
    this.ranks = ranks;
    this.record = record;
    this.microBatches = microBatches;
    this.sums = sums;
    this.skipped = skipped;
    this.seed = seed;
  }

  /**
   * Takes the steps from {@code first} to before {@code end}, or fewer if it is told to stop.
   *
   * @return how many steps are done
   */
  long run(long first, long end) throws IOException {
    boolean stop = false;
    long step = first;
    for (; step < end && !stop; step++) {
      Stopwatch watch = new Stopwatch();
      ranks.working("the data of step " + step);
      List<Item> items = batches.next();
      List<MicroBatch> cut = microBatches.of(items);
      List<SampleLoss> losses = forwardAndBackward(step, items, cut);
      ranks.phase("step " + step + " loss");
      Totals totals = sums.totals(ranks.sum(sums.of(items, cut, losses)));
      update.reduce(step);
      double norm = update.clip(step, totals.labels());
      double factor = schedule.applyAsDouble(step);
      Skips skips = skipped.judge(step, totals.loss(), norm, items, losses, record);
      if (!skips.now()) {
        record.updating();
        update.apply(step, factor);
      }
      record.step(watch.metrics(step, totals, update.lr() * factor, norm, skips), items, losses);
      stop = totals.stop();
    }
    record.end(step);
    return step;
  }

  /** The loss of each item, whichever micro-batch it was in. */
  private List<SampleLoss> forwardAndBackward(long step, List<Item> items, List<MicroBatch> cut) {
    update.begin(step);
    long stepSeed = new SplittableRandom(seed).nextLong() ^ step;
    IdentityHashMap<Item, SampleLoss> losses = new IdentityHashMap<>();
    List<List<SampleLoss>> all = objective.backward(stepSeed, cut, update);
    for (int i = 0; i < cut.size(); i++) {
      List<Item> inOrder = cut.get(i).items();
      for (int j = 0; j < inOrder.size(); j++) {
        losses.put(inOrder.get(j), all.get(i).get(j));
      }
    }
    return items.stream().map(losses::get).toList();
  }

  /** Times of one step. */
  private final class Stopwatch {
    private final long start = System.nanoTime();
    private final double dataWaitBefore = batches.waitedSeconds();
    private final double exchangeWaitBefore = ranks.stats().waitingSeconds();

    StepMetrics metrics(long step, Totals totals, double lr, double norm, Skips skips) {
      return new StepMetrics(
          step,
          totals.loss(),
          lr,
          norm,
          (long) totals.labels(),
          totals.positions(),
          totals.padding(),
          totals.samples(),
          (System.nanoTime() - start) / 1e9,
          batches.waitedSeconds() - dataWaitBefore,
          ranks.stats().waitingSeconds() - exchangeWaitBefore,
          skips,
          totals.flops(),
          totals.shares(),
          memory.now(),
          null,
          null);
    }
  }
}
