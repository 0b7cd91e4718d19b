package org.clapperboard.train.loop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.clapperboard.collective.Collective;
import org.clapperboard.config.BadData;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.StepMetrics.Skips;

/**
 * Steps whose loss or gradient is not a number. One would spoil every weight, so it is not taken;
 * more of them than a stage bears end it. All ranks judge alike, since they know the same sums.
 */
final class SkippedSteps {
  private static final int NAMED_AT_MOST = 8;

  private final Collective ranks;
  private final int atMost;
  private long count;
  private String last;

  /**
   * Skips of a stage.
   *
   * @param atMost how many it bears
   * @param before how many there were before this attempt
   */
  SkippedSteps(Collective ranks, int atMost, long before) {
    this.ranks = ranks;
    this.atMost = atMost;
    this.count = before;
  }

  /**
   * Whether a step is to be skipped.
   *
   * @param norm of the whole gradient
   * @param record is told first if it is one too many
   * @throws BadData if it is one too many; names its samples
   */
  Skips judge(
      long step,
      double loss,
      double norm,
      List<Item> items,
      List<SampleLoss> losses,
      TrainingLoop.StepRecord record)
      throws IOException {
    boolean finite = Double.isFinite(loss + norm);
    if (!finite) {
      String why = why(step, Double.isFinite(loss) ? "gradient" : "loss", items, losses);
      if (count >= atMost) {
        record.giveUp();
        throw new BadData(
            String.format(
                "Cannot take step %d: %s Skipped before: %d of at most %d (optimizer.skip-at-most). Look"
                    + " at these samples, or set it higher and start again.",
                step, why, count, atMost));
      }
      count++;
      last = String.format("step %d was not taken: %s", step, why);
    }
    return new Skips(!finite, count, last);
  }

  /** The samples that are to blame, as far as their losses tell; else all of the step. */
  private String why(long step, String what, List<Item> items, List<SampleLoss> losses) {
    List<String> own = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      if (what.equals("gradient") || !Double.isFinite(losses.get(i).sum())) {
        own.add(items.get(i).dataset() + "/" + items.get(i).sampleId());
      }
    }
    ranks.phase("step " + step + " skipped");
    List<String> all =
        ranks.allGather(String.join("\n", own).getBytes(StandardCharsets.UTF_8)).stream()
            .flatMap(some -> Stream.of(new String(some, StandardCharsets.UTF_8).split("\n")))
            .filter(name -> !name.isEmpty())
            .toList();
    String named = String.join(", ", all.subList(0, Math.min(NAMED_AT_MOST, all.size())));
    String more =
        all.size() > NAMED_AT_MOST ? " and " + (all.size() - NAMED_AT_MOST) + " more" : "";
    return "its " + what + " is not a number. Samples: " + named + more + ".";
  }
}
