package org.clapperboard.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.clapperboard.data.Modality;
import org.clapperboard.model.Example;
import org.clapperboard.train.loop.Objective.SampleLoss;
import org.clapperboard.train.metrics.LossShare;
import org.junit.jupiter.api.Test;

/** Sums of two ranks whose samples have little in common. */
class StepSumsTest {
  private static final StepSums SUMS =
      new StepSums(List.of("clips", "texts", "clips"), item -> 7, () -> false);

  private static Item item(int place, String dataset, Modality modality) {
    Example example = new Example(new int[] {1, 2}, new int[] {-100, 2}, List.of());
    return new Item(place, "stream", 0, "id-" + place, dataset, modality, List.of(), example);
  }

  private static double[] rank(List<Item> items, List<SampleLoss> losses) {
    MicroBatch cut = new MicroBatch(List.of(items), 10, 1);
    return SUMS.of(items, List.of(cut), losses);
  }

  @Test
  void shares_of_all_ranks_add_up_to_the_step() {
    double[] one =
        rank(
            List.of(item(0, "clips", Modality.VIDEO), item(1, "texts", Modality.TEXT)),
            List.of(new SampleLoss(4, 8), new SampleLoss(1, 0.5)));
    double[] other =
        rank(
            List.of(item(2, "clips", Modality.IMAGE), item(3, "clips", Modality.VIDEO)),
            List.of(new SampleLoss(0, 0), new SampleLoss(3, 1.5)));
    assertThat(one).hasSameSizeAs(other);
    double[] all = new double[one.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = one[i] + other[i];
    }
    StepSums.Totals totals = SUMS.totals(all);
    assertThat(totals)
        .isEqualTo(
            new StepSums.Totals(
                10.0 / 8,
                8,
                20,
                2,
                4,
                28,
                false,
                List.of(
                    new LossShare("modality", "image", 1, 0, 0),
                    new LossShare("modality", "video", 2, 7, 9.5),
                    new LossShare("modality", "text", 1, 1, 0.5),
                    new LossShare("dataset", "clips", 3, 7, 9.5),
                    new LossShare("dataset", "texts", 1, 1, 0.5))));
    assertThat(totals.shares().get(0).loss()).isNaN();
    assertThat(totals.shares().get(2).loss()).isEqualTo(0.5);
  }

  @Test
  void all_ranks_stop_when_one_is_told_to() {
    StepSums told = new StepSums(List.of("clips", "texts"), item -> 0, () -> true);
    double[] one = told.of(List.of(), List.of(), List.of());
    double[] other = SUMS.of(List.of(), List.of(), List.of());
    double[] all = other.clone();
    for (int i = 0; i < one.length; i++) {
      all[i] += one[i];
    }
    assertThat(SUMS.totals(all).stop()).isTrue();
    assertThat(SUMS.totals(other).stop()).isFalse();
  }
}
