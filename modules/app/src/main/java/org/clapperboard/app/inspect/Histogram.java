package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Counts as horizontal bars.
 *
 * @param title what is counted
 * @param bars from top to bottom
 */
record Histogram(String title, List<Bar> bars) {
  private static final int BAR_HEIGHT = 18;
  private static final double MOST_WIDTH = 170;
  private static final double LEFT = 120;

  /**
   * One bar.
   *
   * @param label what it stands for
   * @param count its samples
   */
  record Bar(String label, long count) {}

  Histogram {
    bars = List.copyOf(bars);
  }

  /**
   * The width of bins, a round number, so that there are at most so many up to a value.
   *
   * @param most the value that nearly all others are below
   * @param whole whether values are whole numbers
   */
  static double width(double most, int bins, boolean whole) {
    double least = Math.max(most / bins, whole ? 1 : 1e-3);
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double step : new double[] {1, 2, 5}) {
      if (step * power >= least * (1 - 1e-9)) {
        return step * power;
      }
    }
    return 10 * power;
  }

  /** The label of a bin; the last one has no end. */
  static String label(int bin, double width, boolean last, boolean whole) {
    String from = number(bin * width);
    if (last) {
      return "from " + from;
    }
    if (whole) {
      return width == 1 ? from : from + " to " + number((bin + 1) * width - 1);
    }
    return from + " to " + number((bin + 1) * width);
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.3f", value);
    return text.replaceFirst("\\.?0+$", "");
  }

  /** As the template draws it. */
  Map<String, Object> drawn() {
    long most = bars.stream().mapToLong(Bar::count).max().orElse(1);
    List<Map<String, Object>> drawn = new ArrayList<>();
    for (int i = 0; i < bars.size(); i++) {
      double width = Math.max(1, MOST_WIDTH * bars.get(i).count() / Math.max(1, most));
      drawn.add(
          Map.of(
              "label", bars.get(i).label(),
              "count", bars.get(i).count(),
              "y", i * BAR_HEIGHT + 2,
              "textY", i * BAR_HEIGHT + 13,
              "width", number(width),
              "countX", number(LEFT + width + 6)));
    }
    return Map.of("title", title, "height", Math.max(1, bars.size()) * BAR_HEIGHT, "bars", drawn);
  }
}
