package org.clapperboard.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.data.storage.Folder;
import org.clapperboard.train.StagePlan;
import org.clapperboard.train.checkpoint.StageResult;
import org.clapperboard.train.metrics.MeasuredSteps;

/**
 * What is left of a curriculum: steps alone, as long as the measured ones took. A stage that has
 * taken none yet is judged by the one before it, sample for sample. Starts, checkpoints and exams
 * are not in it.
 *
 * @param stages stages that are not finished
 * @param unknown those of them of which no length is known
 * @param seconds the rest of the others
 * @param price what that costs, or 0 where no price is given
 */
record TimeLeft(int stages, int unknown, double seconds, double price) {

  /**
   * A stage.
   *
   * @param steps its steps, or 0 if unknown
   * @param batch samples of a step
   * @param pricePerHour of all its ranks
   * @param measured what it has done
   * @param finished whether that is all
   */
  record Stage(
      long steps, int batch, double pricePerHour, MeasuredSteps measured, boolean finished) {}

  /** What is left of some plans, in their order. */
  static TimeLeft of(List<StagePlan> plans, Configuration hadoop) {
    List<Stage> stages = new ArrayList<>();
    for (StagePlan plan : plans) {
      Folder folder = Folder.of(plan.config().folder(), hadoop);
      int ranks = plan.config().cluster().ranks();
      stages.add(
          new Stage(
              plan.steps(),
              plan.config().batch().global(),
              ranks * plan.config().cluster().pricePerHour(),
              measured(folder),
              StageResult.in(folder) != null));
    }
    return of(stages);
  }

  static TimeLeft of(List<Stage> stages) {
    int left = 0;
    int unknown = 0;
    double seconds = 0;
    double price = 0;
    MeasuredSteps last = MeasuredSteps.NONE;
    for (Stage stage : stages) {
      MeasuredSteps own = stage.measured();
      last = own.steps() > 0 ? own : last;
      if (!stage.finished()) {
        left++;
        if (stage.steps() == 0 || last.steps() == 0) {
          unknown++;
        } else {
          double each =
              own.steps() > 0
                  ? own.seconds() / own.steps()
                  : last.seconds() / last.samples() * stage.batch();
          double rest = each * Math.max(0, stage.steps() - own.steps());
          seconds += rest;
          price += rest / 3600 * stage.pricePerHour();
        }
      }
    }
    return new TimeLeft(left, unknown, seconds, price);
  }

  /** What the stage in a folder has done so far. */
  static MeasuredSteps measured(Folder stage) {
    try {
      return MeasuredSteps.of(stage);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    if (stages == 0) {
      return "  left: nothing";
    }
    String some = stages == 1 ? "1 stage" : stages + " stages";
    if (unknown == stages) {
      return "  left: " + some + "; how long is not known before steps are measured";
    }
    long whole = Math.round(seconds);
    String time =
        String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    return "  left: "
        + some
        + ", about "
        + time
        + " of steps"
        + (price > 0 ? String.format(Locale.ROOT, ", price %.2f", price) : "")
        + (unknown > 0 ? "; not known of " + unknown + " of them" : "");
  }
}
