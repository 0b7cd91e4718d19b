package org.clapperboard.train.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.collective.Collective;
import org.clapperboard.train.config.ExamSlicesConfig;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.loop.SliceExam.Questioner;
import org.clapperboard.train.loop.SliceExam.Tally;
import org.clapperboard.train.metrics.SliceScores;
import org.clapperboard.train.metrics.StepMetrics;

/**
 * Holds exam slices when it is time, after the step and before it is written down. It reads weights
 * and changes nothing, so that a stage trains to the same bits with and without it.
 */
final class SliceWatch extends RecordWithMore {
  private final ExamSlicesConfig config;
  private final Collective ranks;
  private final SliceSamples samples;
  private final Questioner questioner;
  private final long steps;
  private SliceScores newest;

  /**
   * Asks after what is recorded.
   *
   * @param steps of the stage
   * @param record where steps are written down
   */
  SliceWatch(
      ExamSlicesConfig config,
      Collective ranks,
      SliceSamples samples,
      Questioner questioner,
      long steps,
      TrainingLoop.StepRecord record) {
    super(record);
    this.config = config;
    this.ranks = ranks;
    this.samples = samples;
    this.questioner = questioner;
    this.steps = steps;
  }

  @Override
  public void step(StepMetrics step, List<Item> items, List<SampleLoss> losses) throws IOException {
    long done = step.step() + 1;
    if (done % config.everySteps() == 0 || done == steps) {
      ranks.phase("step " + step.step() + " exam slices");
      newest = new SliceScores(step.step(), scores());
    }
    next().step(newest == null ? step : step.with(newest), items, losses);
  }

  /**
   * Counts are added up after every batch, and not in the end, so that no rank waits for more than
   * the answers to one.
   */
  private List<SliceScores.Score> scores() {
    int sets = config.sets().size();
    long[] asked = new long[sets];
    long[] right = new long[sets];
    for (int round = 0; round < samples.rounds(); round++) {
      double[] own = new double[2 * sets];
      if (round < samples.batches().size()) {
        HeldOut.Batch batch = samples.batches().get(round);
        Tally tally = questioner.ask(batch.dataset(), batch.samples());
        own[batch.dataset()] = tally.asked();
        own[sets + batch.dataset()] = tally.right();
      }
      double[] sums = ranks.sum(own);
      for (int set = 0; set < sets; set++) {
        asked[set] += (long) sums[set];
        right[set] += (long) sums[sets + set];
      }
    }
    List<SliceScores.Score> scores = new ArrayList<>();
    for (int set = 0; set < sets; set++) {
      scores.add(new SliceScores.Score(config.sets().get(set).name(), asked[set], right[set]));
    }
    return scores;
  }
}
