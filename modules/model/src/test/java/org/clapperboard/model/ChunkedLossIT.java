package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.Test;

/** The loss that holds few scores at a time, against itself with all of them and a naive one. */
class ChunkedLossIT {
  private static final int WIDTH = 12;
  private static final int VOCABULARY = 30;
  private static final int ROWS = 2;
  private static final int LENGTH = 7;
  private static final long[] AT = {0, 2, 3, 5, 8, 9, 12};
  private static final long[] LABELS = {3, 29, 0, 3, 17, 5, 11};
  private static final long[] ROW = {0, 0, 0, 0, 1, 1, 1};

  private final Pack pack = Pack.load("language");

  private record Outcome(float total, float[] byRow, List<float[]> gradients, float[] scores) {}

  @Test
  void few_scores_at_a_time_give_the_same_loss_and_gradients_as_all_at_once() {
    for (double cap : new double[] {0, 4}) {
      Outcome all = outcome(1000, cap);
      assertThat((double) all.total()).isCloseTo(naive(all.scores()), within(1e-4));
      for (int many : new int[] {1, 2, 3, 7}) {
        Outcome few = outcome(many, cap);
        assertThat(few.total()).isCloseTo(all.total(), within(1e-5f));
        assertThat(few.byRow()).containsExactly(all.byRow(), within(1e-5f));
        for (int i = 0; i < all.gradients().size(); i++) {
          assertThat(few.gradients().get(i)).containsExactly(all.gradients().get(i), within(1e-5f));
        }
      }
    }
  }

  @Test
  void gradients_are_slopes_of_the_loss() {
    Outcome outcome = outcome(2, 4);
    float[] slope = outcome.gradients().get(2);
    for (int element : new int[] {0, 37, 359}) {
      double step = 1e-2;
      double up = total(element, step);
      double down = total(element, -step);
      assertThat((double) slope[element]).isCloseTo((up - down) / (2 * step), within(2e-3));
    }
  }

  private double total(int element, double step) {
    float[] head = random(3, VOCABULARY * WIDTH);
    head[element] += (float) step;
    return outcome(2, 4, head).total();
  }

  private Outcome outcome(int many, double cap) {
    return outcome(many, cap, random(3, VOCABULARY * WIDTH));
  }

  private Outcome outcome(int many, double cap, float[] headValues) {
    TorchEngine.start(1);
    return TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            NDArray x = scope.create(random(1, ROWS * LENGTH * WIDTH), new Shape(ROWS, LENGTH, 12));
            NDArray norm = scope.create(random(2, WIDTH));
            NDArray head = scope.create(headValues, new Shape(VOCABULARY, WIDTH));
            List<NDArray> leaves = List.of(x, norm, head);
            leaves.forEach(leaf -> leaf.setRequiresGradient(true));
            List<NDArray> loss =
                pack.tensors(
                    scope,
                    "loss",
                    x,
                    norm,
                    head,
                    1e-6,
                    0.0,
                    cap,
                    scope.create(AT),
                    scope.create(LABELS),
                    scope.create(ROW),
                    many,
                    true,
                    ROWS);
            GoldenParts.backward(scope, loss.get(0));
            List<float[]> gradients = new ArrayList<>();
            leaves.forEach(leaf -> gradients.add(leaf.getGradient().toFloatArray()));
            float[] scores =
                pack.tensor(scope, "logits", x, norm, head, 1e-6, 0.0, cap).toFloatArray();
            return new Outcome(
                loss.get(0).getFloat(), loss.get(1).toFloatArray(), gradients, scores);
          }
        });
  }

  /** Every label's negative log-likelihood, one after the other. */
  private static double naive(float[] scores) {
    double total = 0;
    for (int i = 0; i < AT.length; i++) {
      int from = (int) AT[i] * VOCABULARY;
      double sum = 0;
      for (int token = 0; token < VOCABULARY; token++) {
        sum += Math.exp(scores[from + token]);
      }
      total += Math.log(sum) - scores[from + (int) LABELS[i]];
    }
    return total;
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1.5, 1.5);
    }
    return values;
  }
}
