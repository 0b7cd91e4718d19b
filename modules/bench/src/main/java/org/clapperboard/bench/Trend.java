package org.clapperboard.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * How fast something grows, by least squares.
 *
 * @param perHour slope
 * @param error standard error of the slope, or NaN with fewer than 3 points
 * @param points that it was found from
 */
record Trend(double perHour, double error, int points) {
  private static final double SECONDS_OF_AN_HOUR = 3600;
  private static final double SECONDS_OF_A_MINUTE = 60;

  /** A value at a time. */
  record Point(double seconds, double value) {}

  /** What a trend says of a limit. */
  enum Verdict {
    /** It grows less than the limit, by two standard errors. */
    FLAT,
    /** It grows more than the limit, by two standard errors. */
    GROWS,
    /** It was not watched for long enough to say. */
    OPEN
  }

  /** The trend of points as they are. */
  static Trend of(List<Point> points) {
    int n = points.size();
    double meanTime = points.stream().mapToDouble(Point::seconds).average().orElse(0);
    double mean = points.stream().mapToDouble(Point::value).average().orElse(0);
    double squares = 0;
    double products = 0;
    for (Point point : points) {
      double time = point.seconds() - meanTime;
      squares += time * time;
      products += time * (point.value() - mean);
    }
    double slope = squares == 0 ? Double.NaN : products / squares;
    double rest = 0;
    for (Point point : points) {
      double left = point.value() - mean - slope * (point.seconds() - meanTime);
      rest += left * left;
    }
    double error = n < 3 ? Double.NaN : Math.sqrt(rest / (n - 2) / squares);
    return new Trend(slope * SECONDS_OF_AN_HOUR, error * SECONDS_OF_AN_HOUR, n);
  }

  /**
   * The trend of the means of minutes: readings that follow each other closely are alike, so that
   * each on its own would make the error look smaller than it is.
   */
  static Trend ofMinutes(List<Point> points) {
    TreeMap<Long, List<Point>> minutes = new TreeMap<>();
    for (Point point : points) {
      long minute = (long) (point.seconds() / SECONDS_OF_A_MINUTE);
      minutes.computeIfAbsent(minute, first -> new ArrayList<>()).add(point);
    }
    return of(
        minutes.values().stream()
            .map(
                of ->
                    new Point(
                        of.stream().mapToDouble(Point::seconds).average().orElseThrow(),
                        of.stream().mapToDouble(Point::value).average().orElseThrow()))
            .toList());
  }

  /** What it says of a limit per hour. */
  Verdict verdict(double limit) {
    if (perHour + 2 * error <= limit) {
      return Verdict.FLAT;
    }
    return perHour - 2 * error > limit ? Verdict.GROWS : Verdict.OPEN;
  }
}
