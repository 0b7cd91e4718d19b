package org.clapperboard.app;

import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import org.clapperboard.train.MemoryPlan;
import org.clapperboard.train.TrainJob;
import org.clapperboard.train.metrics.SliceScores;
import org.clapperboard.train.metrics.StepMetrics;
import org.clapperboard.train.metrics.Validation;

/** Shows a stage while it trains. */
final class TrainProgress implements TrainJob.Listener, AutoCloseable {
  private final Console console;
  private final String stage;
  private final int allRanks;
  private final double peakFlopsOfOne;
  private int ranks;
  private long firstStep;
  private long steps;
  private long start;
  private boolean started;
  private long skips;
  private long validated = -1;
  private long asked = -1;
  private long peakBytes;
  private long heapBytes;
  private MemoryPlan planned;
  private Waiting starting;

  /**
   * Shows a stage.
   *
   * @param ranks how many it is meant to have
   * @param peakFlops operations per second that one of them could do, or 0 if unknown
   */
  TrainProgress(Console console, String stage, int ranks, double peakFlops) {
    this.console = console;
    this.stage = stage;
    this.allRanks = ranks;
    this.peakFlopsOfOne = peakFlops;
    this.ranks = ranks;
  }

  @Override
  public void attempt(TrainJob.Start begins) {
    firstStep = begins.firstStep();
    steps = begins.steps();
    ranks = begins.ranks();
    start = System.nanoTime();
    started = true;
    close();
    starting = Waiting.on(console, "  " + stage + ": starting " + ranks + " ranks");
    boolean fewer = ranks < allRanks;
    if (begins.number() > 1 || firstStep > 0 || fewer) {
      console.line(
          "  %s: attempt %d %s of %d%s%s",
          stage,
          begins.number(),
          firstStep > 0 ? "goes on after step " + firstStep : "begins at the first step",
          steps,
          fewer ? ", with " + ranks + " of " + allRanks + " ranks" : "",
          begins.without().isEmpty()
              ? ""
              : ", without " + String.join(", ", begins.without()) + ", where two attempts failed");
    }
  }

  @Override
  public void planned(MemoryPlan memory) {
    planned = memory;
  }

  /** The most memory that rank 0 is known to have had, with what was planned; or nothing. */
  String memory() {
    return peakBytes == 0
        ? ""
        : String.format(
            Locale.ROOT,
            ", memory of rank 0 at most %.2f GB and a heap of %.2f GB, planned %.2f GB",
            peakBytes / 1e9,
            heapBytes / 1e9,
            planned.total() / 1e9);
  }

  /** Whether there was anything to do. */
  boolean started() {
    return started;
  }

  @Override
  public void waiting(int there, int wanted) {
    console.line("  %s: waiting for %d executors; %d are there", stage, wanted, there);
  }

  /** Waits for no step any more. */
  @Override
  public void close() {
    if (starting != null) {
      starting.close();
      starting = null;
    }
  }

  @Override
  public void step(StepMetrics step) {
    close();
    if (step.skips().last() != null && step.skips().count() > skips) {
      skips = step.skips().count();
      console.line("  %s: %s %d skipped so far.", stage, step.skips().last(), skips);
    }
    validation(step.validation());
    slices(step.slices());
    peakBytes = Math.max(peakBytes, step.memory().peakBesideHeap());
    heapBytes = Math.max(heapBytes, step.memory().heapBytes());
    double peakFlops = ranks * peakFlopsOfOne;
    double taken = (System.nanoTime() - start) / 1e9;
    double each = taken / Math.max(1, step.step() + 1 - firstStep);
    Duration left = Duration.ofSeconds(Math.round(each * (steps - step.step() - 1)));
    console.progress(
        "  %s  step %d/%d  loss %.4f  lr %.2e  %.0f tokens/s%s  data wait %.0f%%  exchange wait"
            + " %.0f%%  %s left",
        stage,
        step.step() + 1,
        steps,
        step.loss(),
        step.lr(),
        step.positions() / step.seconds(),
        peakFlops > 0
            ? String.format(Locale.ROOT, "  %.0f%% of peak", 100 * step.utilisation(peakFlops))
            : "",
        100 * step.dataWaitSeconds() / step.seconds(),
        100 * step.exchangeWaitSeconds() / step.seconds(),
        clock(left));
  }

  private void validation(Validation measured) {
    if (measured != null && measured.step() > validated) {
      validated = measured.step();
      String datasets =
          measured.losses().stream()
              .filter(share -> !share.kind().equals(Validation.ALL))
              .map(share -> String.format(Locale.ROOT, "%s %.4f", share.name(), share.loss()))
              .collect(Collectors.joining(", "));
      console.line(
          "  %s: held-out loss after %d steps %.4f: %s",
          stage, measured.step() + 1, measured.loss(), datasets);
    }
  }

  private void slices(SliceScores scores) {
    if (scores != null && scores.step() > asked) {
      asked = scores.step();
      console.line(
          "  %s: exam slices after %d steps: %s",
          stage,
          scores.step() + 1,
          scores.scores().stream().map(TrainProgress::told).collect(Collectors.joining(", ")));
    }
  }

  private static String told(SliceScores.Score score) {
    return score.asked() == 0
        ? score.set() + " nothing asked"
        : String.format(
            Locale.ROOT,
            "%s %d of %d right (%s %%)",
            score.set(),
            score.right(),
            score.asked(),
            Exam.percent(score.share()));
  }

  /** Minutes and seconds, with hours before them if there are any. */
  private static String clock(Duration left) {
    return left.toHours() > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
  }

  @Override
  public void damaged(String why, long done) {
    String from = done == 0 ? "from its start" : "from step " + done;
    console.line("  %s: a checkpoint is set aside, and it goes on %s. %s", stage, from, why);
  }

  @Override
  public void saved(long done) {
    console.line("  %s: told to end; its state after step %d of %d is saved", stage, done, steps);
  }

  @Override
  public void lost(int number, String why) {
    console.line("  %s: attempt %d ended. %s", stage, number, why);
  }
}
