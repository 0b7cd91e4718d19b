package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.Elements;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WideProductsIT {
  private static final String SOURCE =
      """
      class Products(Module):

        def normal(self, shape: List[int], seed: int) -> Tensor:
          torch.manual_seed(seed)
          return torch.randn(shape, dtype=6).to(15)

        def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
          return torch.linear(x, w, b)

        def patches(self, x: Tensor, w: Tensor, b: Optional[Tensor], side: int) -> Tensor:
          return torch.conv2d(x, w, b, [side, side])

        def depthwise(self, x: Tensor, w: Tensor) -> Tensor:
          return torch.conv2d(x, w, None, [1, 1], [1, 1], [1, 1], w.size(0))

        def learns(self, x: Tensor, w: Tensor) -> float:
          return 1. if torch.linear(x, w).requires_grad else 0.
      """;

  /** Half of what the last bit of a bfloat16 is worth, beside what sums in float32 lose. */
  private static final double HALF_A_BIT = 0x1.01p-8;

  private static Pack wide;
  private NDManager scope;

  @BeforeAll
  static void load() {
    TorchEngine.start(2);
    wide = Pack.of("products", WideProducts.in(SOURCE));
  }

  @BeforeEach
  void open() {
    scope = TorchEngine.newScope();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private NDArray normal(int seed, long... shape) {
    return wide.tensor(scope, "normal", shape, seed);
  }

  private static float[] values(NDArray tensor) {
    FloatBuffer values = FloatBuffer.allocate((int) tensor.size());
    Elements.of(tensor, Dtype.BF16).read(0, values);
    return values.array();
  }

  /** Sum by sum in 8-byte floats. */
  private static void assertProducts(
      NDArray y, NDArray x, NDArray w, NDArray b, int rows, int in, int out) {
    float[] ys = values(y);
    float[] xs = values(x);
    float[] ws = values(w);
    float[] bs = b == null ? new float[out] : values(b);
    assertThat(ys).hasSize(rows * out);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < out; column++) {
        double sum = bs[column];
        for (int i = 0; i < in; i++) {
          sum += (double) xs[row * in + i] * ws[column * in + i];
        }
        assertThat((double) ys[row * out + column])
            .isCloseTo(sum, within(1e-4 + Math.abs(sum) * HALF_A_BIT));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"70, 24, 17", "64, 1, 3", "63, 24, 17", "1, 24, 17"})
  void a_widened_linear_layer_is_the_sum_of_products_rounded_once(int rows, int in, int out) {
    NDArray x = normal(1, rows, in);
    NDArray w = normal(2, out, in);
    NDArray b = normal(3, out);
    TorchEngine.withoutGradients(
        () -> {
          assertProducts(wide.tensor(scope, "linear", x, w, b), x, w, b, rows, in, out);
          assertProducts(wide.tensor(scope, "linear", x, w, null), x, w, null, rows, in, out);
          return null;
        });
  }

  @Test
  void weights_of_several_pieces_are_taken_one_after_the_other() {
    int in = 1 << 19; // 32 outputs in a piece.
    int out = 35;
    NDArray x = normal(4, 65, in);
    NDArray w = normal(5, out, in);
    NDArray b = normal(6, out);
    NDArray y = TorchEngine.withoutGradients(() -> wide.tensor(scope, "linear", x, w, b));
    float[] ys = values(y);
    float[] xs = values(x);
    float[] ws = values(w);
    float[] bs = values(b);
    for (int column : new int[] {0, 31, 32, 34}) {
      double sum = bs[column];
      for (int i = 0; i < in; i++) {
        sum += (double) xs[64 * in + i] * ws[column * in + i];
      }
      assertThat((double) ys[64 * out + column])
          .isCloseTo(sum, within(0.01 + Math.abs(sum) * HALF_A_BIT));
    }
  }

  @Test
  void outer_dimensions_stay_and_the_type_does() {
    NDArray x = normal(7, 3, 25, 8);
    NDArray w = normal(8, 5, 8);
    NDArray y = TorchEngine.withoutGradients(() -> wide.tensor(scope, "linear", x, w, null));
    assertThat(y.getShape().getShape()).containsExactly(3, 25, 5);
    assertThat(bytes(y).remaining()).isEqualTo(3 * 25 * 5 * 2);
    assertProducts(y, x, w, null, 75, 8, 5);
  }

  private static ByteBuffer bytes(NDArray tensor) {
    return tensor.toByteBuffer(true).order(ByteOrder.nativeOrder());
  }

  @Test
  void a_widened_convolution_of_patches_is_a_linear_layer_of_each() {
    NDArray x = normal(9, 1, 2, 3, 6);
    NDArray w = normal(10, 4, 2, 3, 3);
    NDArray b = normal(11, 4);
    NDArray y = TorchEngine.withoutGradients(() -> wide.tensor(scope, "patches", x, w, b, 3));
    float[] ys = values(y);
    float[] xs = values(x);
    float[] ws = values(w);
    float[] bs = values(b);
    for (int out = 0; out < 4; out++) {
      for (int patch = 0; patch < 2; patch++) {
        double sum = bs[out];
        for (int i = 0; i < 18; i++) {
          int channel = i / 9;
          int row = i / 3 % 3;
          sum += (double) ws[out * 18 + i] * xs[channel * 18 + row * 6 + patch * 3 + i % 3];
        }
        assertThat((double) ys[out * 2 + patch])
            .isCloseTo(sum, within(1e-4 + Math.abs(sum) * HALF_A_BIT));
      }
    }
  }

  @Test
  void a_widened_depthwise_convolution_keeps_channels_apart() {
    NDArray x = normal(12, 1, 2, 4, 5);
    NDArray w = normal(13, 2, 1, 3, 3);
    NDArray y = TorchEngine.withoutGradients(() -> wide.tensor(scope, "depthwise", x, w));
    float[] ys = values(y);
    float[] xs = values(x);
    float[] ws = values(w);
    for (int at = 0; at < ys.length; at++) {
      int channel = at / 20;
      double sum = 0;
      for (int i = 0; i < 9; i++) {
        int row = at / 5 % 4 + i / 3 - 1;
        int column = at % 5 + i % 3 - 1;
        if (row >= 0 && row < 4 && column >= 0 && column < 5) {
          sum += (double) ws[channel * 9 + i] * xs[channel * 20 + row * 5 + column];
        }
      }
      assertThat((double) ys[at]).isCloseTo(sum, within(1e-4 + Math.abs(sum) * HALF_A_BIT));
    }
  }

  @Test
  void what_is_learned_is_recorded() {
    NDArray x = normal(14, 80, 8);
    NDArray w = normal(15, 5, 8);
    w.setRequiresGradient(true);
    assertThat(TorchEngine.<Double>withGradients(() -> wide.number("learns", x, w))).isEqualTo(1);
    assertThat(TorchEngine.<Double>withoutGradients(() -> wide.number("learns", x, w))).isZero();
  }
}
