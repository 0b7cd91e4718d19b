package org.clapperboard.bench;

import java.util.List;
import org.clapperboard.bench.ProcessGauge.Reading;

/** What must not grow while a stage trains for long, and how much of it nobody minds. */
enum SoakQuantity {
  RESIDENT("resident", "MB", 24, false),
  ANONYMOUS("anonymous", "MB", 24, false),
  HEAP("heap", "MB", 6, true),
  DIRECT("direct buffers", "MB", 6, true),
  THREADS("threads", "", 2, false),
  FILES("open files", "", 2, false);

  private final String shown;
  private final String unit;
  private final double limit;
  private final boolean collected;

  SoakQuantity(String shown, String unit, double limit, boolean collected) {
    this.shown = shown;
    this.unit = unit;
    this.limit = limit;
    this.collected = collected;
  }

  /** Its name in tables and JSON. */
  String shown() {
    return shown;
  }

  /** Unit of its values, or nothing. */
  String unit() {
    return unit;
  }

  /** How much more of it an hour is called flat. */
  double limit() {
    return limit;
  }

  private double value(Reading reading) {
    return switch (this) {
      case RESIDENT -> reading.resident() / 1e6;
      case ANONYMOUS -> reading.anonymous() / 1e6;
      case HEAP -> reading.heap() / 1e6;
      case DIRECT -> reading.direct() / 1e6;
      case THREADS -> reading.threads();
      case FILES -> reading.files();
    };
  }

  /** Its values among readings: where dead objects would hide it, only those without them. */
  List<Trend.Point> points(List<Reading> readings) {
    return readings.stream()
        .filter(reading -> reading.collected() || !collected)
        .map(reading -> new Trend.Point(reading.seconds(), value(reading)))
        .toList();
  }

  /** The trend of its values. */
  Trend trend(List<Reading> readings) {
    List<Trend.Point> points = points(readings);
    return collected ? Trend.of(points) : Trend.ofMinutes(points);
  }
}
