package org.clapperboard.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.clapperboard.bench.Trend.Point;
import org.clapperboard.bench.Trend.Verdict;
import org.junit.jupiter.api.Test;

class TrendTest {

  private static List<Point> line(double start, double perHour, int points) {
    return IntStream.range(0, points)
        .mapToObj(i -> new Point(600 + 10 * i, start + perHour * i / 360.0))
        .toList();
  }

  @Test
  void a_straight_line_has_its_slope_and_no_error() {
    Trend trend = Trend.of(line(500, 36, 120));
    assertThat(trend.perHour()).isCloseTo(36, within(1e-6));
    assertThat(trend.error()).isCloseTo(0, within(1e-6));
    assertThat(trend.points()).isEqualTo(120);
  }

  @Test
  void the_error_is_that_of_least_squares() {
    // By hand: mean 2, slope 1 a second, left over -1/3, 2/3, -1/3, so 2/3 in squares over 1 and 2.
    Trend trend = Trend.of(List.of(new Point(0, 1), new Point(1, 3), new Point(2, 3)));
    assertThat(trend.perHour()).isCloseTo(3600, within(1e-6));
    assertThat(trend.error()).isCloseTo(3600 * Math.sqrt(1.0 / 3), within(1e-6));
  }

  @Test
  void minutes_count_once_however_often_they_were_read() {
    Trend trend = Trend.ofMinutes(line(500, 36, 120));
    assertThat(trend.perHour()).isCloseTo(36, within(1e-6));
    assertThat(trend.points()).isEqualTo(20);
  }

  @Test
  void a_leak_is_told_from_noise() {
    Random random = new Random(7);
    List<Point> noise = new ArrayList<>();
    List<Point> leak = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      double swing = 3 * random.nextGaussian();
      noise.add(new Point(10 * i, 800 + swing));
      leak.add(new Point(10 * i, 800 + swing + 60 * i / 360.0));
    }
    assertThat(Trend.ofMinutes(noise).verdict(24)).isEqualTo(Verdict.FLAT);
    assertThat(Trend.ofMinutes(leak).verdict(24)).isEqualTo(Verdict.GROWS);
  }

  @Test
  void what_shrinks_is_flat() {
    assertThat(Trend.of(line(500, -200, 10)).verdict(24)).isEqualTo(Verdict.FLAT);
  }

  @Test
  void what_lies_around_the_limit_is_left_open() {
    assertThat(new Trend(20, 5, 20).verdict(24)).isEqualTo(Verdict.OPEN);
    assertThat(new Trend(30, 5, 20).verdict(24)).isEqualTo(Verdict.OPEN);
    assertThat(new Trend(13, 5, 20).verdict(24)).isEqualTo(Verdict.FLAT);
    assertThat(new Trend(35, 5, 20).verdict(24)).isEqualTo(Verdict.GROWS);
  }

  @Test
  void two_points_have_a_slope_but_prove_nothing() {
    Trend trend = Trend.of(line(500, 36, 2));
    assertThat(trend.error()).isNaN();
    assertThat(trend.verdict(24)).isEqualTo(Verdict.OPEN);
    assertThat(Trend.of(line(500, 36, 1)).verdict(24)).isEqualTo(Verdict.OPEN);
  }
}
