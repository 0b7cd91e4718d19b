package org.clapperboard.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FigureTest {

  /**
   * Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17
   * (1998), table I, method 3, which is Wilson's.
   */
  @ParameterizedTest
  @CsvSource({
    "81, 263, 30.80, 25.53, 36.62",
    "15, 148, 10.14, 6.24, 16.05",
    "0, 20, 0, 0, 16.11",
    "1, 29, 3.45, 0.61, 17.18",
    "29, 29, 100, 88.30, 100"
  })
  void the_interval_of_a_share_is_wilsons(
      long some, long all, double value, double low, double high) {
    Figure figure = Figure.share("x", some, all);
    assertThat(figure.value()).isCloseTo(value, within(0.005));
    assertThat(figure.low()).isCloseTo(low, within(0.005));
    assertThat(figure.high()).isCloseTo(high, within(0.005));
    assertThat(figure.count()).isEqualTo(all);
  }

  @Test
  void of_nothing_there_is_no_figure() {
    assertThat(Figure.share("x", 0, 0).value()).isNaN();
    assertThat(Figure.mean("x", List.of()).value()).isNaN();
    assertThat(Figure.meanOfShares("x", List.of()).value()).isNaN();
    assertThat(Figure.mean("x", List.of(3.0)).low()).isNaN();
  }

  @Test
  void the_interval_of_a_mean_is_two_standard_errors_wide_on_each_side() {
    // Mean 3, variance ((−2)² + 0 + 1² + 1²) / 3 = 2, standard error sqrt(2 / 4) = 0.7071.
    Figure figure = Figure.mean("x", List.of(1.0, 3.0, 4.0, 4.0));
    assertThat(figure.value()).isEqualTo(3);
    assertThat(figure.low()).isCloseTo(3 - 1.959964 * 0.7071068, within(1e-6));
    assertThat(figure.high()).isCloseTo(3 + 1.959964 * 0.7071068, within(1e-6));
  }

  @Test
  void a_mean_over_groups_weighs_them_equally() {
    // 90 of 100 and 1 of 4: (90 + 25) / 2; variances 9 and 468.75, their mean's sqrt(477.75) / 2.
    Figure figure =
        Figure.meanOfShares("m", List.of(Figure.share("a", 90, 100), Figure.share("b", 1, 4)));
    assertThat(figure.value()).isEqualTo(57.5);
    assertThat(figure.count()).isEqualTo(104);
    assertThat(figure.high() - figure.value())
        .isCloseTo(1.959964 * Math.sqrt(477.75) / 2, within(1e-4));
  }
}
