package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What several rounds gave.
 *
 * @param median the middle one; of an even number the mean of both
 * @param least the smallest
 * @param most the largest
 */
record Spread(double median, double least, double most) {

  static Spread of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no rounds, no spread");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /** What {@link #json} wrote. */
  static Spread read(JsonNode json) {
    return new Spread(
        json.get("median").asDouble(), json.get("least").asDouble(), json.get("most").asDouble());
  }

  ObjectNode json() {
    return new ObjectMapper()
        .createObjectNode()
        .put("median", median)
        .put("least", least)
        .put("most", most);
  }

  /** Such as {@code 1.84 (1.71 to 1.93)}. */
  String shown(int decimals) {
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT, number + " (" + number + " to " + number + ")", median, least, most);
  }
}
