package org.clapperboard.app.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.clapperboard.app.inspect.LinePlot.Line;
import org.clapperboard.app.inspect.LinePlot.Point;
import org.junit.jupiter.api.Test;

class LinePlotTest {

  private static Map<String, Object> drawn(Point... points) {
    return new LinePlot("title", List.of(new Line("line", List.of(points)))).drawn();
  }

  private static String path(Map<String, Object> drawn) {
    return ((Map<?, ?>) ((List<?>) drawn.get("lines")).get(0)).get("path").toString();
  }

  private static List<?> labels(Map<String, Object> drawn) {
    return ((List<?>) drawn.get("ticks"))
        .stream().map(tick -> (Object) ((Map<?, ?>) tick).get("label")).toList();
  }

  @Test
  void a_line_goes_from_corner_to_corner_of_its_axes() {
    Map<String, Object> drawn = drawn(new Point(10, 0), new Point(15, 1), new Point(20, 4));
    assertThat(path(drawn)).isEqualTo("M48.0 150.0L200.0 115.0L352.0 10.0");
    assertThat(labels(drawn)).isEqualTo(List.of("0", "1", "2", "3", "4"));
    assertThat(drawn).containsEntry("first", "10").containsEntry("last", "20");
  }

  @Test
  void what_is_no_number_leaves_a_gap() {
    Map<String, Object> drawn =
        drawn(new Point(0, 4), new Point(1, Double.NaN), new Point(2, 0), new Point(4, 0));
    assertThat(path(drawn)).isEqualTo("M48.0 10.0M200.0 150.0L352.0 150.0");
  }

  @Test
  void an_axis_begins_at_zero_unless_that_would_press_the_line_flat() {
    assertThat(labels(drawn(new Point(0, 0.9), new Point(1, 2.1))))
        .isEqualTo(List.of("0", "1", "2", "3"));
    assertThat(labels(drawn(new Point(0, 98), new Point(1, 102))))
        .isEqualTo(List.of("98", "99", "100", "101", "102"));
  }

  @Test
  void marks_have_as_many_digits_as_tell_them_apart_and_all_one_form() {
    assertThat(labels(drawn(new Point(0, 1.031), new Point(1, 1.049))))
        .isEqualTo(List.of("1.03", "1.035", "1.04", "1.045", "1.05"));
    assertThat(labels(drawn(new Point(0, 0), new Point(1, 1e-3))))
        .isEqualTo(List.of("0", "5e-04", "1e-03"));
  }

  @Test
  void a_line_that_never_changes_can_be_drawn_and_so_can_one_point() {
    assertThat(path(drawn(new Point(0, 0), new Point(1, 0)))).isEqualTo("M48.0 150.0L352.0 150.0");
    assertThat(path(drawn(new Point(3, 5)))).isEqualTo("M48.0 150.0h2");
  }

  @Test
  void nothing_but_gaps_is_nothing_to_draw() {
    assertThat(
            new LinePlot("title", List.of(new Line("line", List.of(new Point(0, Double.NaN)))))
                .hasPoints())
        .isFalse();
  }

  @Test
  void numbers_take_few_characters() {
    assertThat(
            List.of(0.0, 0.25, 12.5, 9999.0, 12_000.0, 1.5e6, 2e9, 1e-5, 0.0015, -3.0).stream()
                .map(LinePlot::shown))
        .containsExactly("0", "0.25", "12.5", "9999", "12k", "1.5M", "2G", "1e-05", "0.0015", "-3");
  }
}
