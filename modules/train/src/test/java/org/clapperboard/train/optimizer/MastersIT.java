package org.clapperboard.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.FloatBuffer;
import java.util.List;
import org.clapperboard.collective.Slices;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FreshStart;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.train.LocalRanks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The float32 masters of bfloat16 parameters, and how ranks exchange what is longer than a buffer.
 */
class MastersIT {
  private static final OptimizerConfig SETTINGS = new OptimizerConfig(1, 0.9, 0.999, 1e-8, 0, 1);

  private static final int BFLOAT16 = 15;

  /** Just below 1, neighbouring bfloat16 numbers are that far apart. */
  private static final double SPACING = 1.0 / 256;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  private static float first(ShardedAdamW optimizer) {
    FloatBuffer one = FloatBuffer.allocate(1);
    optimizer.values().read(0, one);
    return one.get(0);
  }

  private static float first(Parameters parameters) {
    FloatBuffer one = FloatBuffer.allocate(1);
    parameters.read("w", 0, one);
    return one.get(0);
  }

  @Test
  void updates_that_bfloat16_cannot_tell_apart_add_up() {
    List<ParameterSpec> specs = List.of(ParameterSpec.constant("w", 1, 3, 3));
    double lr = SPACING / 20;
    try (Parameters parameters = Parameters.allocate(specs, Dtype.BF16);
        ShardedAdamW optimizer =
            new ShardedAdamW(
                parameters, ShardedAdamW.slices(parameters, 1), 0, SETTINGS, name -> false)) {
      FreshStart ones = FreshStart.of(specs, 1);
      parameters.load(ones);
      optimizer.startFrom(ones);
      float[] gradients = new float[9];
      java.util.Arrays.fill(gradients, 1);
      for (int step = 1; step <= 40; step++) {
        optimizer.gradientPieces().get(0).bytes().asFloatBuffer().put(gradients);
        optimizer.step(lr);
        // Adam moves by the learning rate where the gradient is always the same.
        assertThat((double) first(optimizer)).isCloseTo(1 - step * lr, within(1e-5));
        if (step < 10) {
          assertThat(first(parameters)).as("step %s", step).isEqualTo(1);
        }
      }
      assertThat((double) first(parameters)).isEqualTo(1 - 2 * SPACING);
    }
  }

  @Test
  void masters_are_the_weights_before_they_were_rounded() {
    List<ParameterSpec> specs =
        List.of(ParameterSpec.normal("v", 1, 5), ParameterSpec.constant("w", 1 / 3.0, 9));
    for (int rank = 0; rank < 3; rank++) {
      try (Parameters parameters = Parameters.allocate(specs, Dtype.BF16);
          ShardedAdamW optimizer =
              new ShardedAdamW(
                  parameters, ShardedAdamW.slices(parameters, 3), rank, SETTINGS, name -> true)) {
        assertThatThrownBy(() -> optimizer.step(1))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("the masters of bfloat16 parameters have no values yet");
        optimizer.startFrom(FreshStart.of(specs, 4));
        FloatBuffer all = FloatBuffer.allocate(14);
        FreshStart.of(specs, 4).read("v", all.slice(0, 5));
        FreshStart.of(specs, 4).read("w", all.slice(5, 9));
        Slices slices = optimizer.slices();
        FloatBuffer own = FloatBuffer.allocate((int) slices.length(rank));
        optimizer.values().read(0, own);
        assertThat(own.flip())
            .isEqualTo(all.slice((int) slices.start(rank), (int) slices.length(rank)));
      }
    }
  }

  /** Masters and weights after steps of a single backward pass each. */
  private static List<float[]> afterSinglePasses(boolean last) {
    List<ParameterSpec> specs =
        List.of(ParameterSpec.normal("v", 1, 300, 500), ParameterSpec.constant("w", 1, 7));
    try (Parameters parameters = Parameters.allocate(specs, Dtype.BF16);
        ShardedAdamW optimizer =
            new ShardedAdamW(
                parameters, ShardedAdamW.slices(parameters, 1), 0, SETTINGS, "v"::equals)) {
      parameters.load(FreshStart.of(specs, 1));
      optimizer.startFrom(FreshStart.of(specs, 1));
      double norms = 0;
      for (int step = 1; step <= 3; step++) {
        optimizer.clearGradients();
        backward(parameters, step);
        if (last) {
          optimizer.collectLastGradients();
        } else {
          optimizer.collectGradients();
        }
        norms += optimizer.squaredNorm();
        optimizer.scaleGradients(0.3);
        // The second time its gradients are not good enough.
        if (step != 2) {
          optimizer.step(0.01);
        }
      }
      FloatBuffer masters = FloatBuffer.allocate((int) parameters.elements());
      optimizer.values().read(0, masters);
      FloatBuffer weights = FloatBuffer.allocate(300 * 500);
      parameters.read("v", 0, weights);
      return List.of(masters.array(), weights.array(), new float[] {(float) norms});
    }
  }

  /** Adds to the gradients those of a sum of squares of products. */
  private static void backward(Parameters parameters, int step) {
    TorchEngine.withGradients(
        () -> {
          try (NDManager scope = TorchEngine.newScope()) {
            Pack tensors = Pack.load("tensors");
            NDArray factor = tensors.tensor(scope, "to", scope.create((float) step), BFLOAT16);
            for (NDArray tensor : parameters.tensors()) {
              NDArray scaled = factor.mul(tensor);
              NDArray loss = scaled.mul(scaled).sum();
              NDArray one = tensors.tensor(scope, "one", loss);
              JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
            }
          }
          return null;
        });
  }

  @Test
  void gradients_of_one_backward_pass_update_without_being_widened_first_as_they_do_widened() {
    List<float[]> widened = afterSinglePasses(false);
    assertThat(widened.get(2)[0]).isGreaterThan(0);
    List<float[]> left = afterSinglePasses(true);
    for (int i = 0; i < widened.size(); i++) {
      assertThat(left.get(i)).isEqualTo(widened.get(i));
    }
  }

  @Test
  void no_slice_of_bfloat16_parameters_begins_inside_a_pair() {
    for (int elements : new int[] {1, 2, 3, 7, 8, 9}) {
      List<ParameterSpec> specs = List.of(ParameterSpec.constant("w", 1, elements));
      try (Parameters parameters = Parameters.allocate(specs, Dtype.BF16)) {
        for (int ranks = 1; ranks <= 5; ranks++) {
          Slices slices = ShardedAdamW.slices(parameters, ranks);
          assertThat(slices.elements()).isEqualTo(elements);
          for (int rank = 0; rank < ranks; rank++) {
            assertThat(slices.length(rank) == 0 || slices.start(rank) % 2 == 0).isTrue();
          }
        }
        if (elements > 2) {
          assertThatThrownBy(
                  () ->
                      new ShardedAdamW(
                          parameters, Slices.ofLengths(1, elements - 1), 0, SETTINGS, name -> true))
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessage("a slice of bfloat16 parameters begins inside a pair");
        }
      }
    }
  }

  @Test
  void a_buffer_is_exchanged_in_pieces_as_it_is_in_one() throws Exception {
    int units = 23;
    LocalRanks.run(
        3,
        own -> {
          Pack tensors = Pack.load("tensors");
          Slices slices = Slices.even(units, 3);
          try (NDManager scope = TorchEngine.newScope()) {
            float[][] sums = new float[2][];
            float[][] all = new float[2][];
            for (int way = 0; way < 2; way++) {
              float[] numbers = new float[units];
              for (int i = 0; i < units; i++) {
                numbers[i] = (float) Math.sin(i * 3 + own.rank());
              }
              NDArray flat = scope.create(numbers);
              List<ExchangePiece> pieces =
                  ExchangePiece.of(tensors, flat, 1, slices, way == 0 ? 100 : 5);
              assertThat(pieces).hasSize(way == 0 ? 1 : 5);
              own.phase("sum " + way);
              for (ExchangePiece piece : pieces) {
                own.reduceScatter(piece.bytes(), piece.slices());
              }
              int start = (int) slices.start(own.rank());
              int end = start + (int) slices.length(own.rank());
              sums[way] = java.util.Arrays.copyOfRange(flat.toFloatArray(), start, end);
              own.phase("gather " + way);
              for (ExchangePiece piece : pieces) {
                own.allGather(piece.bytes(), piece.slices());
              }
              all[way] = flat.toFloatArray();
            }
            assertThat(sums[1]).isEqualTo(sums[0]);
            assertThat(all[1]).isEqualTo(all[0]);
            assertThat(all[0][0])
                .isEqualTo((float) Math.sin(0) + (float) Math.sin(1) + (float) Math.sin(2));
          }
        });
  }
}
