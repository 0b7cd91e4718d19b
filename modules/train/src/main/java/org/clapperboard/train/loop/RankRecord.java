package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.clapperboard.collective.Collective;
import org.clapperboard.data.ledger.Ledger;
import org.clapperboard.data.ledger.LedgerRow;
import org.clapperboard.train.checkpoint.AsyncCheckpoints;
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
  private final AsyncCheckpoints checkpoints;
  private final long everySteps;
  private final Consumer<StepMetrics> progress;
  private final List<LedgerRow> rows = new ArrayList<>();
  private long firstUnwritten;

  /** A record that goes on at a step; only rank 0 has metrics, the others pass null. */
  RankRecord(
      Collective ranks,
      ShardedUpdate update,
      Ledger ledger,
      MetricsWriter metrics,
      AsyncCheckpoints checkpoints,
      long everySteps,
      long firstStep,
      Consumer<StepMetrics> progress) {
    this.ranks = ranks;
    this.update = update;
    this.ledger = ledger;
    this.metrics = metrics;
    this.checkpoints = checkpoints;
    this.everySteps = everySteps;
    this.firstUnwritten = firstStep;
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
    checkpoints.look();
    long done = step.step() + 1;
    if (done % everySteps == 0) {
      save(done);
    }
  }

  @Override
  public void end(long done) throws IOException {
    if (firstUnwritten < done) {
      save(done);
    }
    checkpoints.finish();
  }

  @Override
  public void giveUp() {
    checkpoints.finish();
  }

  @Override
  public void updating() {
    checkpoints.awaitCopy();
  }

  private void save(long done) {
    List<LedgerRow> unwritten = List.copyOf(rows);
    long first = firstUnwritten;
    List<StepMetrics> taken = metrics == null ? List.of() : metrics.take();
    rows.clear();
    firstUnwritten = done;
    checkpoints.begin(
        done,
        update.trained(),
        () -> {
          ledger.write(ranks.rank(), first, done, unwritten);
          if (metrics != null) {
            metrics.writeTable(taken);
          }
        });
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
