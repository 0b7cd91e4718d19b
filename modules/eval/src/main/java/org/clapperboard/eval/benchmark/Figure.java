package org.clapperboard.eval.benchmark;

import java.io.Serializable;
import java.util.List;

/**
 * A figure of an exam with its interval, in which the true value lies with 95 %.
 *
 * @param name its name, such as {@code accuracy}, {@code task=Action Count} or {@code score}
 * @param unit what it is counted in
 * @param value NaN of nothing
 * @param count answers it is made of
 * @param low lower end of the interval
 * @param high upper end
 */
public record Figure(String name, Unit unit, double value, long count, double low, double high)
    implements Serializable {
  /** What figures are counted in. */
  public enum Unit {
    /** Of a share, 0 to 100. */
    PER_CENT,
    /** Of a judge's scores. */
    POINTS
  }

  private static final double Z = 1.959963984540054;

  /** A share with Wilson's interval (1927), which stays between 0 and 100. */
  public static Figure share(String name, long some, long all) {
    if (all == 0) {
      return new Figure(name, Unit.PER_CENT, Double.NaN, 0, Double.NaN, Double.NaN);
    }
    double p = (double) some / all;
    double z2 = Z * Z / all;
    double middle = (p + z2 / 2) / (1 + z2);
    double half = Z * Math.sqrt(p * (1 - p) / all + z2 / (4 * all)) / (1 + z2);
    double low = some == 0 ? 0 : 100 * (middle - half);
    double high = some == all ? 100 : 100 * (middle + half);
    return new Figure(name, Unit.PER_CENT, 100 * p, all, low, high);
  }

  /** A mean with the interval of a normal distribution; of one value there is none. */
  public static Figure mean(String name, List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    double half = n < 2 ? Double.NaN : Z * Math.sqrt(squares / (n - 1) / n);
    return new Figure(name, Unit.POINTS, mean, n, mean - half, mean + half);
  }

  /** The mean of shares of independent groups, whatever their sizes. */
  public static Figure meanOfShares(String name, List<Figure> shares) {
    int k = shares.size();
    double mean = shares.stream().mapToDouble(Figure::value).average().orElse(Double.NaN);
    double variance =
        shares.stream().mapToDouble(share -> share.value * (100 - share.value) / share.count).sum();
    double half = Z * Math.sqrt(variance) / k;
    long count = shares.stream().mapToLong(Figure::count).sum();
    return new Figure(
        name, Unit.PER_CENT, mean, count, Math.max(0, mean - half), Math.min(100, mean + half));
  }
}
