package org.clapperboard.model.connector;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.testing.GoldenFixtures;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Connectors without stages between widths that differ; the reference fails on them. */
class VisionConnectorIT {
  private static final int FRAMES = 5;
  private static final int ROWS = 4;
  private static final int COLUMNS = 3;
  private static final int IN = 3;
  private static final int WIDTH = 5;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @Test
  void a_convolution_without_stages_brings_one_width_to_the_other() {
    ConnectorConfig config =
        ConnectorConfig.named("spatial_conv", IN, WIDTH).with(List.of(2, 2, 1), 1, 0, 2);

    assertSameAsNaive(config, 3 * 3 * 5);
  }

  @Test
  void after_pooling_without_stages_the_first_linear_layer_brings_one_width_to_the_other() {
    assertSameAsNaive(ConnectorConfig.named("spatial_pool", IN, WIDTH), 5 * 2);
  }

  @Test
  void a_readout_of_one_layer_keeps_its_place_in_the_sequence() {
    ConnectorConfig one =
        ConnectorConfig.named("stc_connector_v35", IN, WIDTH).with(List.of(2, 2, 2), 0, 0, 1);

    assertThat(VisionConnector.specs(one, "p.").stream().map(ParameterSpec::name))
        .containsExactly(
            "p.sampler.0.weight", "p.sampler.0.bias", "p.readout.0.weight", "p.readout.0.bias");
    assertThat(
            VisionConnector.specs(ConnectorConfig.named("mlp1x_gelu", IN, WIDTH), "p.").stream()
                .map(ParameterSpec::name))
        .containsExactly("p.0.weight", "p.0.bias");
    assertThat(
            VisionConnector.specs(ConnectorConfig.named("linear", IN, WIDTH), "p.").stream()
                .map(ParameterSpec::name))
        .containsExactly("p.weight", "p.bias");
  }

  private static void assertSameAsNaive(ConnectorConfig config, int tokens) {
    float[] x = new float[FRAMES * ROWS * COLUMNS * IN];
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextDouble(-2, 2);
    }
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = Parameters.allocate(VisionConnector.specs(config, ""))) {
      parameters.initialise(3);
      NDArray clip = scope.create(x, new Shape(1, FRAMES, ROWS, COLUMNS, IN));
      NDArray y = new VisionConnector(config, parameters, "").connect(scope, clip);

      assertThat(y.getShape()).isEqualTo(new Shape(1, tokens, WIDTH));
      assertThat(config.tokens(FRAMES, ROWS, COLUMNS)).isEqualTo(tokens);
      float[] naive = naive(config, parameters, x, tokens);
      GoldenFixtures.assertClose(config.type(), y.toFloatArray(), naive, 1e-5f);
    }
  }

  /** One output vector after the other, one product after the other. */
  private static float[] naive(ConnectorConfig config, Parameters weights, float[] x, int tokens) {
    float[] y = new float[tokens * WIDTH];
    List<Integer> cell = config.downsample();
    int padding = config.padding();
    int rows = (ROWS + 2 * padding) / cell.get(1);
    int columns = (COLUMNS + 2 * padding) / cell.get(2);
    for (int token = 0; token < tokens; token++) {
      int[] corner = {
        token / (rows * columns) * cell.get(0) - padding,
        token / columns % rows * cell.get(1) - padding,
        token % columns * cell.get(2) - padding
      };
      double[] sampled =
          config.sampler() == ConnectorConfig.Sampler.CONVOLUTION
              ? convolved(cell, corner, weights, x)
              : pooled(cell, corner, x);
      for (int i = 0; i < sampled.length; i++) {
        sampled[i] /= 1 + Math.exp(-sampled[i]);
      }
      double[] hidden = linear(weights, "readout.0.", sampled);
      for (int i = 0; i < hidden.length; i++) {
        hidden[i] *= 0.5 * (1 + erf(hidden[i] / Math.sqrt(2)));
      }
      double[] out = linear(weights, "readout.2.", hidden);
      for (int i = 0; i < WIDTH; i++) {
        y[token * WIDTH + i] = (float) out[i];
      }
    }
    return y;
  }

  private static double[] convolved(
      List<Integer> cell, int[] corner, Parameters weights, float[] x) {
    float[] filter = weights.tensor("sampler.0.weight").toFloatArray();
    float[] bias = weights.tensor("sampler.0.bias").toFloatArray();
    double[] sums = new double[WIDTH];
    int at = 0;
    for (int out = 0; out < WIDTH; out++) {
      sums[out] = bias[out];
      for (int in = 0; in < IN; in++) {
        for (int t = 0; t < cell.get(0); t++) {
          for (int r = 0; r < cell.get(1); r++) {
            for (int c = 0; c < cell.get(2); c++) {
              sums[out] += filter[at++] * value(x, corner[0] + t, corner[1] + r, corner[2] + c, in);
            }
          }
        }
      }
    }
    return sums;
  }

  private static double[] pooled(List<Integer> cell, int[] corner, float[] x) {
    double[] means = new double[IN];
    int size = cell.get(0) * cell.get(1) * cell.get(2);
    for (int in = 0; in < IN; in++) {
      for (int i = 0; i < size; i++) {
        int t = corner[0] + i / (cell.get(1) * cell.get(2));
        int r = corner[1] + i / cell.get(2) % cell.get(1);
        means[in] += value(x, t, r, corner[2] + i % cell.get(2), in) / size;
      }
    }
    return means;
  }

  private static double value(float[] x, int t, int r, int c, int in) {
    boolean inside = t >= 0 && t < FRAMES && r >= 0 && r < ROWS && c >= 0 && c < COLUMNS;
    return inside ? x[((t * ROWS + r) * COLUMNS + c) * IN + in] : 0;
  }

  private static double[] linear(Parameters weights, String place, double[] x) {
    float[] matrix = weights.tensor(place + "weight").toFloatArray();
    float[] bias = weights.tensor(place + "bias").toFloatArray();
    double[] y = new double[bias.length];
    for (int out = 0; out < y.length; out++) {
      y[out] = bias[out];
      for (int in = 0; in < x.length; in++) {
        y[out] += matrix[out * x.length + in] * x[in];
      }
    }
    return y;
  }

  /** The error function by its power series, which is exact enough for small arguments. */
  private static double erf(double x) {
    double sum = 0;
    double term = x;
    for (int n = 0; n < 60; n++) {
      sum += term / (2 * n + 1);
      term *= -x * x / (n + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }
}
