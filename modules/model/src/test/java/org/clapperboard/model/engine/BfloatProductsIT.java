package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is computed in bfloat16 beside the same numbers in float32: libtorch has other ways for it
 * on every kind of processor, and not all of them are right.
 */
class BfloatProductsIT {
  private static final Pack PACK =
      Pack.of(
          "products",
          """
          class Products(Module):
            def off(self, x: Tensor, w: Tensor) -> float:
              a, b = x.to(15), w.to(15)
              wide = torch.matmul(a.to(6), b.to(6).t())
              return float((torch.linear(a, b).to(6) - wide).norm() / wide.norm())
            def batch_off(self, x: Tensor, w: Tensor) -> float:
              a, b = x.to(15), w.to(15)
              wide = torch.matmul(a.to(6), b.to(6).transpose(1, 2))
              return float((torch.matmul(a, b.transpose(1, 2)).to(6) - wide).norm() / wide.norm())
            def distance(self, x: Tensor, y: Tensor) -> float:
              return float((x.to(6) - y).norm() / y.norm())
            def conv2d_off(self, x: Tensor, w: Tensor, groups: int) -> float:
              a, b = x.to(15), w.to(15)
              wide = torch.conv2d(a.to(6), b.to(6), None, [1, 1], [1, 1], [1, 1], groups)
              y = torch.conv2d(a, b, None, [1, 1], [1, 1], [1, 1], groups)
              return float((y.to(6) - wide).norm() / wide.norm())
            def patches_off(self, x: Tensor, w: Tensor) -> float:
              a, b = x.to(15), w.to(15)
              wide = torch.conv2d(a.to(6), b.to(6), None, [w.size(2), w.size(3)])
              y = torch.conv2d(a, b, None, [w.size(2), w.size(3)])
              return float((y.to(6) - wide).norm() / wide.norm())
          """);

  private static final Pack AUDIO = Pack.load("audio");
  private static final Pack TENSORS = Pack.load("tensors");
  private static final int BFLOAT16 = 15;

  private static NDArray to(NDManager scope, NDArray x) {
    return TENSORS.tensor(scope, "to", x, BFLOAT16);
  }

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 12, 6",
    "5, 12, 18",
    "18, 16, 24",
    "40, 24, 16",
    "7, 33, 40",
    "64, 64, 64",
    "130, 48, 96"
  })
  void they_are_off_by_no_more_than_their_rounding(int rows, int columns, int out) {
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray x = scope.randomNormal(new Shape(rows, columns));
      NDArray w = scope.randomNormal(new Shape(out, columns));
      assertThat(PACK.number("off", x, w)).isBetween(1e-6, 0.005);
      NDArray xs = scope.randomNormal(new Shape(3, rows, columns));
      NDArray ws = scope.randomNormal(new Shape(3, out, columns));
      assertThat(PACK.number("batch_off", xs, ws)).isBetween(1e-6, 0.005);
    }
  }

  @ParameterizedTest
  @CsvSource({"12, 4, 4", "16, 4, 5", "24, 2, 128", "768, 16, 128"})
  void so_are_convolutions_in_groups_as_beats_has_them(int channels, int groups, int kernel) {
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray x = scope.randomNormal(new Shape(2, 50, channels));
      NDArray v = scope.randomNormal(new Shape(channels, channels / groups, kernel));
      NDArray g = scope.ones(new Shape(1, 1, kernel));
      NDArray bias = scope.zeros(new Shape(channels));
      NDArray[] narrow = {to(scope, x), to(scope, g), to(scope, v), to(scope, bias)};
      NDArray half =
          AUDIO.tensor(scope, "positions", narrow[0], narrow[1], narrow[2], narrow[3], groups);
      NDArray whole = AUDIO.tensor(scope, "positions", x, g, v, bias, groups);
      assertThat(PACK.number("distance", half, whole)).as("positions").isBetween(1e-6, 0.01);
      NDArray picture = scope.randomNormal(new Shape(2, channels, 9, 9));
      NDArray filter = scope.randomNormal(new Shape(channels, 1, 3, 3));
      assertThat(PACK.number("conv2d_off", picture, filter, channels))
          .as("2d")
          .isBetween(1e-6, 0.005);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 16, 24", "3, 14, 16", "1, 4, 6"})
  void so_are_convolutions_of_patches(int channels, int side, int out) {
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray x = scope.randomNormal(new Shape(2, channels, side * 3L, side * 4L));
      NDArray w = scope.randomNormal(new Shape(out, channels, side, side));
      assertThat(PACK.number("patches_off", x, w)).isBetween(1e-6, 0.005);
    }
  }
}
