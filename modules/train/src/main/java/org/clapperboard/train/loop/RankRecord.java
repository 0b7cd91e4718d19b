package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.ledger.Ledger;
import org.clapperboard.data.ledger.LedgerRow;
import org.clapperboard.train.checkpoint.Checkpoints;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.MetricsWriter;
import org.clapperboard.train.metrics.StepMetrics;

/**
 * Keeps what a rank has to tell: ledger rows and metrics, written out with each checkpoint, so that
 * both speak of exactly the steps the weights have been through.
 */
final class RankRecord implements TrainingLoop.StepRecord {
  private final Collective ranks;
  private final ShardedUpdate update;
  private final Ledger ledger;
  private final MetricsWriter metrics;
  private final Checkpoints checkpoints;
  private final String attempt;
  private final long everySteps;
  private final long steps;
  private final Consumer<StepMetrics> progress;
  private final List<LedgerRow> rows = new ArrayList<>();
  private long firstUnwritten;

  /** A record that goes on at a step; only rank 0 has metrics, the others pass null. */
  RankRecord(
      Collective ranks,
      ShardedUpdate update,
      Ledger ledger,
      MetricsWriter metrics,
      Checkpoints checkpoints,
      String attempt,
      long everySteps,
      long firstStep,
      long steps,
      Consumer<StepMetrics> progress) {
    this.ranks = ranks;
    this.update = update;
    this.ledger = ledger;
    this.metrics = metrics;
    this.checkpoints = checkpoints;
    this.attempt = attempt;
    this.everySteps = everySteps;
    this.firstUnwritten = firstStep;
    this.steps = steps;
    this.progress = progress;
  }

  @Override
  public void step(StepMetrics step, List<Item> items, List<SampleLoss> losses) throws IOException {
    for (int i = 0; i < items.size(); i++) {
      rows.add(row(step, items.get(i), losses.get(i)));
    }
    if (metrics != null) {
      metrics.add(step);
      progress.accept(step);
    }
    long done = step.step() + 1;
    if (done % everySteps == 0 || done == steps) {
      writeOut(done);
    }
  }

  private void writeOut(long done) throws IOException {
    ledger.write(ranks.rank(), firstUnwritten, done, rows);
    rows.clear();
    firstUnwritten = done;
    if (metrics != null) {
      metrics.writeTable();
    }
    checkpoints.save(done, attempt, update.trained(), ranks);
  }

  private LedgerRow row(StepMetrics step, Item item, SampleLoss loss) {
    return new LedgerRow(
        step.step(),
        item.epoch(),
        item.stream(),
        ranks.rank(),
        item.place(),
        item.sampleId(),
        item.dataset(),
        item.modality().key(),
        loss.labels(),
        loss.labels() == 0 ? 0 : loss.sum() / loss.labels(),
        !step.skips().now());
  }
}
