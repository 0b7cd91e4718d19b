package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.clapperboard.config.BadData;
import org.clapperboard.train.config.WatchConfig;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.StepMetrics;

/**
 * Ends a stage whose loss diverges, before a step is written down that would be in the next
 * checkpoint. Every rank sees the same losses and ends at the same step. Means begin anew with each
 * attempt; steps whose loss is not a number have no part in them.
 */
final class DivergenceWatch extends RecordWithMore {
  private final String stage;
  private final WatchConfig config;
  private final Deque<Double> losses = new ArrayDeque<>();
  private double best = Double.POSITIVE_INFINITY;
  private long bestStep;

  /**
   * A watch over what is recorded.
   *
   * @param record where steps are written down that are well
   */
  DivergenceWatch(String stage, WatchConfig config, TrainingLoop.StepRecord record) {
    super(record);
    this.stage = stage;
    this.config = config;
  }

  @Override
  public void step(StepMetrics step, List<Item> items, List<SampleLoss> of) throws IOException {
    if (config.stopAbove() > 0 && Double.isFinite(step.loss())) {
      look(step.step(), step.loss());
    }
    next().step(step, items, of);
  }

  private void look(long step, double loss) throws IOException {
    losses.add(loss);
    if (losses.size() > config.window()) {
      losses.remove();
    }
    if (losses.size() < config.window()) {
      return;
    }
    double mean = losses.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    if (mean > config.stopAbove() * best) {
      next().giveUp();
      throw new BadData(
          String.format(
              Locale.ROOT,
              "Cannot go on with %s: its loss diverges. Its mean over %d steps is %.4f at step %d,"
                  + " more than %s times the best, %.4f at step %d (watch.stop-above). The newest"
                  + " checkpoint is kept. Lower optimizer.lr, or look at what these steps have"
                  + " seen: jobs/inspect.sh batch.",
              stage,
              config.window(),
              mean,
              step,
              config.stopAbove(),
              best,
              bestStep));
    }
    if (mean < best) {
      best = mean;
      bestStep = step;
    }
  }
}
