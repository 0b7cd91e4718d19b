package org.clapperboard.app.inspect;

import java.util.Locale;
import org.apache.spark.sql.Row;

/** Columns of rows, as pages show them. */
final class Shown {
  private Shown() {}

  /** A whole number, its digits in groups of three. */
  static String grouped(Row row, String column) {
    return String.format(Locale.ROOT, "%,d", row.<Long>getAs(column)).replace(',', ' ');
  }

  /** With four decimals. */
  static String number(Row row, String column) {
    return String.format(Locale.ROOT, "%.4f", row.<Double>getAs(column));
  }

  /** A share, in percent. */
  static String percent(Row row, String column) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * row.<Double>getAs(column));
  }

  /** So many seconds. */
  static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 100
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
