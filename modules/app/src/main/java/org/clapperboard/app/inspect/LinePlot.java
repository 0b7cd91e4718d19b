package org.clapperboard.app.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Lines over the steps of a stage, for a page.
 *
 * @param title what is shown, with its unit
 * @param lines the lines; those of one plot have one unit
 */
record LinePlot(String title, List<Line> lines) {
  private static final double LEFT = 48;
  private static final double RIGHT = 352;
  private static final double TOP = 10;
  private static final double BOTTOM = 150;
  private static final int TICKS = 4;

  /**
   * A line.
   *
   * @param name what it stands for
   * @param points its points by their steps; values that are no numbers leave gaps
   */
  record Line(String name, List<Point> points) {

    Line {
      points = List.copyOf(points);
    }
  }

  /**
   * A point.
   *
   * @param step its step
   * @param value its value
   */
  record Point(double step, double value) {}

  LinePlot {
    lines = List.copyOf(lines);
  }

  /** Whether there is anything to draw. */
  boolean hasPoints() {
    return values().findAny().isPresent();
  }

  private DoubleStream values() {
    return lines.stream()
        .flatMap(line -> line.points().stream())
        .mapToDouble(Point::value)
        .filter(Double::isFinite);
  }

  private DoubleStream steps() {
    return lines.stream().flatMap(line -> line.points().stream()).mapToDouble(Point::step);
  }

  /** As the template draws it. */
  Map<String, Object> drawn() {
    double least = values().min().orElse(0);
    double most = values().max().orElse(1);
    // From 0, unless that would press the line flat.
    Axis up = Axis.of(least >= 0 && least < most / 2 ? 0 : least, most, TICKS);
    Axis along = new Axis(steps().min().orElse(0), steps().max().orElse(1), 0);
    List<Map<String, Object>> drawn = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String path = path(lines.get(i), along, up);
      drawn.add(Map.of("name", lines.get(i).name(), "path", path, "color", i % 6));
    }
    return Map.of(
        "title",
        title,
        "lines",
        drawn,
        "ticks",
        up.ticks().stream()
            .map(at -> Map.of("y", rounded(y(up, at)), "label", up.shown(at)))
            .toList(),
        "first",
        shown(along.from()),
        "last",
        shown(along.to()));
  }

  private static String path(Line line, Axis along, Axis up) {
    StringBuilder path = new StringBuilder();
    boolean pen = false;
    for (Point point : line.points()) {
      if (Double.isFinite(point.value())) {
        double x = LEFT + (RIGHT - LEFT) * along.share(point.step());
        path.append(pen ? "L" : "M").append(rounded(x)).append(' ');
        path.append(rounded(y(up, point.value())));
        if (line.points().size() == 1) {
          path.append("h2"); // A single point would not be seen.
        }
      }
      pen = Double.isFinite(point.value());
    }
    return path.toString();
  }

  private static double y(Axis up, double value) {
    return BOTTOM - (BOTTOM - TOP) * up.share(value);
  }

  private static String rounded(double coordinate) {
    return String.format(Locale.ROOT, "%.1f", coordinate);
  }

  /** A number in few characters, large ones in thousands, millions or billions. */
  static String shown(double value) {
    double size = Math.abs(value);
    if (size >= 1e4) {
      String[] units = {"k", "M", "G", "T", "P"};
      int unit = 0;
      double scaled = value / 1e3;
      while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
        scaled /= 1e3;
        unit++;
      }
      return plain(scaled, 1) + units[unit];
    }
    if (size > 0 && size < 1e-3) {
      return String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e");
    }
    return plain(value, size >= 100 ? 1 : size >= 1 ? 2 : 4);
  }

  private static String plain(double value, int digits) {
    String text = String.format(Locale.ROOT, "%." + digits + "f", value);
    return text.replaceFirst("\\.?0+$", "").replaceFirst("^-?$", "0");
  }

  /** From where to where an axis goes, and how far apart its marks are. */
  private record Axis(double from, double to, double step) {

    static Axis of(double least, double most, int ticks) {
      double above = most > least ? most : least + Math.max(Math.abs(least) * 0.1, 1e-12);
      double power = Math.pow(10, Math.floor(Math.log10((above - least) / ticks)));
      double step = power;
      for (double factor : new double[] {10, 5, 2, 1}) {
        step = factor * power * ticks >= (above - least) * (1 - 1e-9) ? factor * power : step;
      }
      return new Axis(Math.floor(least / step) * step, Math.ceil(above / step - 1e-9) * step, step);
    }

    double share(double value) {
      return to > from ? (value - from) / (to - from) : 0;
    }

    /** A mark's number, with as many digits as tell it from the next. */
    String shown(double mark) {
      if (mark != 0 && step < 1e-3 && Math.max(Math.abs(from), Math.abs(to)) < 0.1) {
        return String.format(Locale.ROOT, "%.1e", mark).replace(".0e", "e");
      }
      int digits = Math.max(0, (int) Math.ceil(-Math.log10(step) - 1e-9));
      return Math.abs(mark) >= 1e4 || digits == 0
          ? LinePlot.shown(mark)
          : plain(mark, Math.min(digits, 9));
    }

    List<Double> ticks() {
      List<Double> ticks = new ArrayList<>();
      for (long i = 0; from + i * step <= to + step / 2; i++) {
        ticks.add(Math.round((from + i * step) / step) * step);
      }
      return ticks;
    }
  }
}
