package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.bench.ProcessGauge.Reading;
import org.clapperboard.config.InternalFailure;

/**
 * What processes held during a soak, and whether that grew over its last two thirds.
 *
 * @param ranks ranks that trained
 * @param steps steps that were saved
 * @param seconds how long it was watched
 * @param readings of every process, by its name
 */
record SoakFigures(int ranks, long steps, double seconds, Map<String, List<Reading>> readings) {
  private static final double UNSETTLED = 1.0 / 3;

  /** A run shorter than this, in seconds, is still warming up: whatever grows, nothing is told. */
  private static final double SHORTEST = 600;

  SoakFigures {
    readings = new TreeMap<>(readings);
  }

  Figures figures() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("ranks", ranks).put("steps", steps).put("seconds", seconds);
    List<String> table = new ArrayList<>();
    table.add(
        String.format(
            Locale.ROOT,
            "%d ranks, %d steps in %.0f s; slopes an hour over the last two thirds, with their"
                + " standard errors",
            ranks,
            steps,
            seconds));
    table.add("process\twhat\tafter a third\tat the end\tan hour\tlimit\tverdict");
    List<String> growing = new ArrayList<>();
    ObjectNode processes = json.putObject("processes");
    readings.forEach(
        (process, all) -> {
          ObjectNode of = processes.putObject(process);
          List<Reading> settled =
              all.stream().filter(reading -> reading.seconds() >= seconds * UNSETTLED).toList();
          for (SoakQuantity quantity : SoakQuantity.values()) {
            List<Trend.Point> points = quantity.points(settled);
            if (!points.isEmpty()) {
              Trend trend = quantity.trend(settled);
              Trend.Verdict verdict =
                  seconds < SHORTEST ? Trend.Verdict.OPEN : trend.verdict(quantity.limit());
              table.add(line(process, quantity, points, trend, verdict));
              of.set(quantity.shown(), json(quantity, points, trend, verdict));
              if (verdict == Trend.Verdict.GROWS) {
                growing.add(quantity.shown() + " of " + process);
              }
            }
          }
          readings(of.putArray("readings"), all);
        });
    return new Figures(
        json,
        table,
        growing.isEmpty()
            ? null
            : new InternalFailure(
                "Cannot train for ever: "
                    + String.join(", ", growing)
                    + " grew by more than the limit."));
  }

  private static String line(
      String process,
      SoakQuantity quantity,
      List<Trend.Point> points,
      Trend trend,
      Trend.Verdict verdict) {
    String unit = quantity.unit().isEmpty() ? "" : " " + quantity.unit();
    return String.format(
        Locale.ROOT,
        "%s\t%s\t%.1f%s\t%.1f%s\t%s\t%.0f%s\t%s",
        process,
        quantity.shown(),
        points.get(0).value(),
        unit,
        points.get(points.size() - 1).value(),
        unit,
        Double.isNaN(trend.error())
            ? "-"
            : String.format(Locale.ROOT, "%+.1f ± %.1f%s", trend.perHour(), trend.error(), unit),
        quantity.limit(),
        unit,
        verdict.name().toLowerCase(Locale.ROOT));
  }

  private static ObjectNode json(
      SoakQuantity quantity, List<Trend.Point> points, Trend trend, Trend.Verdict verdict) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("unit", quantity.unit())
        .put("after-a-third", points.get(0).value())
        .put("at-the-end", points.get(points.size() - 1).value());
    if (!Double.isNaN(trend.error())) {
      json.put("per-hour", trend.perHour()).put("standard-error", trend.error());
    }
    return json.put("points", trend.points())
        .put("limit-per-hour", quantity.limit())
        .put("verdict", verdict.name().toLowerCase(Locale.ROOT));
  }

  private static void readings(ArrayNode to, List<Reading> readings) {
    for (Reading reading : readings) {
      to.addObject()
          .put("seconds", reading.seconds())
          .put("resident", reading.resident())
          .put("anonymous", reading.anonymous())
          .put("threads", reading.threads())
          .put("files", reading.files())
          .put("heap", reading.heap())
          .put("direct", reading.direct())
          .put("collected", reading.collected());
    }
  }
}
