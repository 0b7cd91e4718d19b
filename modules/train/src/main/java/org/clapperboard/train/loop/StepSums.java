package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.clapperboard.data.Modality;
import org.clapperboard.train.config.StageConfig;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.LossShare;

/**
 * What a step adds up over all ranks, in one exchange: every rank counts the same things in the
 * same order, whatever its own samples are.
 */
final class StepSums {
  private static final int TOTALS = 7;
  private static final int OF_A_SHARE = 3;

  /** Kind and name of each share, with its number. */
  private final Map<Share, Integer> shares = new LinkedHashMap<>();

  private final ToDoubleFunction<Item> flops;
  private final BooleanSupplier stop;

  private record Share(String kind, String name) {}

  /**
   * Sums over all samples, and over those of each modality and of each dataset.
   *
   * @param datasets their names; samples of others count by their modality alone
   * @param flops model FLOPs of a sample
   * @param stop whether this rank is told to stop
   */
  StepSums(List<String> datasets, ToDoubleFunction<Item> flops, BooleanSupplier stop) {
    this.flops = flops;
    this.stop = stop;
    for (Modality modality : Modality.values()) {
      shares.put(new Share("modality", modality.key()), shares.size());
    }
    for (String dataset : datasets) {
      shares.putIfAbsent(new Share("dataset", dataset), shares.size());
    }
  }

  /** The sums of a stage. */
  static StepSums of(StageConfig config, Objective objective, BooleanSupplier stop) {
    ModelFlops flops = ModelFlops.of(config);
    return new StepSums(
        config.data().streams().stream().flatMap(stream -> stream.datasets().stream()).toList(),
        item -> flops.of(item.example(), objective.length(item)),
        stop);
  }

  /**
   * What a step did over all ranks.
   *
   * @param loss mean cross-entropy over all labels
   * @param flops model FLOPs
   * @param stop whether a rank is told to stop, so that all do after this step
   * @param shares the modalities and datasets that it had samples of
   */
  record Totals(
      double loss,
      double labels,
      long positions,
      long padding,
      long samples,
      double flops,
      boolean stop,
      List<LossShare> shares) {}

  /** What one rank contributes. */
  double[] of(List<Item> items, List<MicroBatch> cut, List<SampleLoss> losses) {
    double[] sums = new double[TOTALS + OF_A_SHARE * shares.size()];
    sums[0] = losses.stream().mapToDouble(SampleLoss::sum).sum();
    sums[1] = losses.stream().mapToDouble(SampleLoss::labels).sum();
    sums[2] = cut.stream().mapToDouble(MicroBatch::positions).sum();
    sums[3] = cut.stream().mapToDouble(MicroBatch::padding).sum();
    sums[4] = losses.size();
    sums[5] = items.stream().mapToDouble(flops).sum();
    sums[6] = stop.getAsBoolean() ? 1 : 0;
    for (int i = 0; i < items.size(); i++) {
      Share modality = new Share("modality", items.get(i).modality().key());
      Share dataset = new Share("dataset", items.get(i).dataset());
      SampleLoss loss = losses.get(i);
      Stream.of(modality, dataset)
          .filter(shares::containsKey)
          .mapToInt(share -> TOTALS + OF_A_SHARE * shares.get(share))
          .forEach(
              at -> {
                sums[at] += 1;
                sums[at + 1] += loss.labels();
                sums[at + 2] += loss.sum();
              });
    }
    return sums;
  }

  /** What the sums over all ranks say. */
  Totals totals(double[] sums) {
    List<LossShare> parts = new ArrayList<>();
    shares.forEach(
        (share, number) -> {
          int at = TOTALS + OF_A_SHARE * number;
          if (sums[at] > 0) {
            parts.add(
                new LossShare(
                    share.kind(),
                    share.name(),
                    (long) sums[at],
                    (long) sums[at + 1],
                    sums[at + 2]));
          }
        });
    return new Totals(
        sums[0] / sums[1],
        sums[1],
        (long) sums[2],
        (long) sums[3],
        (long) sums[4],
        sums[5],
        sums[6] > 0,
        List.copyOf(parts));
  }
}
