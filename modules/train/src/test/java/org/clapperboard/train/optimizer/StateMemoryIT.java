package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.MeasuredProcess;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What weights, gradients and a rank's share of the optimizer take, seen from outside a process.
 */
@Tag("full")
class StateMemoryIT {
  private static final int FEW = 15;
  private static final int MANY = 60;
  private static final int SIDE = 1024;

  /** With every rank more, moments and masters shrink; weights and gradients stay. */
  @ParameterizedTest
  @CsvSource({
    "F32, 1, 16",
    "F32, 2, 12",
    "F32, 4, 10",
    "BF16, 1, 20",
    "BF16, 2, 14",
    "BF16, 4, 11"
  })
  void bytes_for_each_parameter_are_those_that_plan_counts(Dtype dtype, int ranks, double each)
      throws Exception {
    // The difference leaves out what a process takes anyway.
    double taken = peak(dtype, ranks, MANY) - peak(dtype, ranks, FEW);
    double parameters = (double) (MANY - FEW) * SIDE * SIDE;
    assertThat(taken / parameters).isCloseTo(each, within(0.15 * each));
  }

  private static double peak(Dtype dtype, int ranks, int matrices) throws Exception {
    return MeasuredProcess.growth(
        StateMemoryIT.class, dtype.name(), Integer.toString(ranks), Integer.toString(matrices));
  }

  /** Rank 0 of some: its state, and an update. Prints by how much the process has grown at most. */
  public static void main(String[] arguments) throws IOException {
    TorchEngine.start(1);
    Dtype dtype = Dtype.valueOf(arguments[0]);
    int ranks = Integer.parseInt(arguments[1]);
    int matrices = Integer.parseInt(arguments[2]);
    // What is loaded late is loaded before.
    update(dtype, ranks, 2, 16);
    MeasuredProcess.printGrowth(() -> update(dtype, ranks, matrices, SIDE));
  }

  private static void update(Dtype dtype, int ranks, int matrices, int side) {
    List<ParameterSpec> specs = new ArrayList<>();
    for (int i = 0; i < matrices; i++) {
      specs.add(ParameterSpec.normal("layers." + i + ".weight", 1, side, side));
    }
    OptimizerConfig settings = new OptimizerConfig(1e-3, 0.9, 0.999, 1e-8, 0.1, 1);
    try (Parameters parameters = Parameters.allocate(specs, dtype);
        ShardedAdamW optimizer =
            new ShardedAdamW(
                parameters, ShardedAdamW.slices(parameters, ranks), 0, settings, name -> true)) {
      if (dtype == Dtype.BF16) {
        optimizer.startFrom(FreshStart.of(specs, 1));
      }
      optimizer.clearGradients();
      optimizer.collectGradients();
      optimizer.scaleGradients(1 + optimizer.squaredNorm());
      optimizer.step(1);
    }
  }
}
