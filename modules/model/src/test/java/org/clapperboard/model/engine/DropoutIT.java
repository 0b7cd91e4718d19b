package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the dropout of adapters leaves out, against the same hash in plain Java. */
class DropoutIT {
  private static final int COLUMNS = 300;
  private static final double SHARE = 0.2;
  private static NDManager scope;
  private static Pack pack;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
    scope = TorchEngine.newScope();
    String method =
        """
        class Test(Module):
          def dropped(self, x: Tensor, keys: Tensor, place: int, share: float) -> Tensor:
            return __torch__.dropped(x, keys, place, share)
        """;
    pack = Pack.of("test", source("lora") + "\n" + method);
  }

  private static String source(String name) {
    try (InputStream in = Pack.class.getResourceAsStream("/torchscript/" + name + ".py")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterAll
  static void close() {
    scope.close();
  }

  /** Keys (B, L) as a step makes them. */
  private static NDArray keys(long step, int part, int length, long... places) {
    Pack adapter = Pack.load("adapter");
    NDArray some = scope.create(places);
    return adapter.tensor(scope, "keys", step, some, part, length, some);
  }

  /** Which of ones (rows, columns) are left, row by row. */
  private static boolean[] left(NDArray keys, int place) {
    NDArray ones = scope.ones(new Shape(keys.getShape().add(COLUMNS).getShape()));
    float[] values = pack.tensor(scope, "dropped", ones, keys, place, SHARE).toFloatArray();
    boolean[] left = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      assertThat(values[i]).isIn(0f, (float) (1 / (1 - SHARE)));
      left[i] = values[i] != 0;
    }
    return left;
  }

  private static long mixed(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  @Test
  void it_is_the_hash_of_step_part_sample_position_weight_and_column() {
    boolean[] left = left(keys(77, 1, 4, 5, 9), 3);
    long[] places = {5, 9};
    for (int row = 0; row < 2; row++) {
      for (int at = 0; at < 4; at++) {
        long key = mixed(mixed(places[row] * 16 + 1) ^ 77) + at * -3335678366873096957L;
        int a = (int) mixed(key + 3 * 0x9e3779b97f4a7c15L) * 2 + 1;
        for (int column = 0; column < COLUMNS; column++) {
          int bits = a * ((int) mixed(column + (3L << 32)) * 2 + 1);
          bits = (bits ^ (bits >> 15)) * 739982445;
          boolean stays = bits >= (int) ((long) (SHARE * (1L << 32)) + Integer.MIN_VALUE);
          assertThat(left[(row * 4 + at) * COLUMNS + column]).isEqualTo(stays);
        }
      }
    }
  }

  @Test
  void as_much_is_left_out_as_configured_in_all_in_rows_and_in_columns() {
    int rows = 4 * 500;
    boolean[] left = left(keys(3, 0, 500, 0, 1, 2, 3), 6);
    int[] inRow = new int[rows];
    int[] inColumn = new int[COLUMNS];
    for (int i = 0; i < left.length; i++) {
      inRow[i / COLUMNS] += left[i] ? 0 : 1;
      inColumn[i % COLUMNS] += left[i] ? 0 : 1;
    }
    // Five standard deviations of a fair draw; of the variance over rows and columns a tenth.
    double deviation = Math.sqrt(SHARE * (1 - SHARE));
    assertThat(Arrays.stream(inRow).sum() / (double) left.length)
        .isCloseTo(SHARE, within(5 * deviation / Math.sqrt(left.length)));
    assertThat(variance(inRow) / (COLUMNS * SHARE * (1 - SHARE))).isCloseTo(1, within(0.2));
    assertThat(variance(inColumn) / (rows * SHARE * (1 - SHARE))).isCloseTo(1, within(0.4));
  }

  private static double variance(int[] counts) {
    double mean = Arrays.stream(counts).average().orElseThrow();
    return Arrays.stream(counts).mapToDouble(c -> (c - mean) * (c - mean)).average().orElseThrow();
  }

  @Test
  void neighbours_of_every_kind_have_nothing_to_do_with_each_other() {
    boolean[] left = left(keys(3, 0, 500, 0), 6);
    boolean[][] others = {
      left(keys(4, 0, 500, 0), 6), // another step
      left(keys(3, 1, 500, 0), 6), // another part
      left(keys(3, 0, 500, 1), 6), // another sample
      left(keys(3, 0, 500, 0), 7), // another weight
      shifted(left, 1), // the next column
      shifted(left, COLUMNS), // the next position
    };
    for (boolean[] other : others) {
      int both = 0;
      for (int i = 0; i < left.length; i++) {
        both += left[i] || other[i] ? 0 : 1;
      }
      double together = SHARE * SHARE;
      double deviation = Math.sqrt(together * (1 - together) / left.length);
      assertThat(both / (double) left.length).isCloseTo(together, within(6 * deviation));
    }
  }

  private static boolean[] shifted(boolean[] values, int by) {
    boolean[] shifted = new boolean[values.length];
    for (int i = 0; i < values.length; i++) {
      shifted[i] = values[(i + by) % values.length];
    }
    return shifted;
  }
}
