package org.clapperboard.train;

import org.apache.spark.util.AccumulatorV2;
import org.clapperboard.train.metrics.StepMetrics;

/** Carries the newest step from rank 0 to the driver, with the executors' heartbeats. */
final class ProgressAccumulator extends AccumulatorV2<StepMetrics, StepMetrics> {
  private static final long serialVersionUID = 1;

  private StepMetrics newest;

  @Override
  public boolean isZero() {
    return newest == null;
  }

  @Override
  public AccumulatorV2<StepMetrics, StepMetrics> copy() {
    ProgressAccumulator copy = new ProgressAccumulator();
    copy.newest = newest;
    return copy;
  }

  @Override
  public void reset() {
    newest = null;
  }

  @Override
  public synchronized void add(StepMetrics step) {
    if (newest == null || step.step() > newest.step()) {
      newest = step;
    }
  }

  @Override
  public void merge(AccumulatorV2<StepMetrics, StepMetrics> other) {
    if (other.value() != null) {
      add(other.value());
    }
  }

  @Override
  public synchronized StepMetrics value() {
    return newest;
  }
}
