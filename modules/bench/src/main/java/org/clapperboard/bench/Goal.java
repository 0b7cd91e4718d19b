package org.clapperboard.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What a path shall reach.
 *
 * @param bound which side of the number is good
 * @param number of the figure, in its unit
 * @param of the figure that is meant
 */
record Goal(Bound bound, double number, Figure of) {

  /** Which side is good. */
  enum Bound {
    AT_LEAST,
    AT_MOST
  }

  /** Which figure of a path is meant. */
  enum Figure {
    /** Ours to the peer's. */
    RATIO,
    /** Ours, whatever the peer does. */
    OURS
  }

  /** Of the ratio to a peer. */
  static Goal ratio(double atLeast) {
    return new Goal(Bound.AT_LEAST, atLeast, Figure.RATIO);
  }

  boolean met(double found) {
    return bound == Bound.AT_LEAST ? found >= number : found <= number;
  }

  /** Such as {@code >= 0.8 x}. */
  String shown() {
    String number = String.format(Locale.ROOT, "%.4g", this.number);
    String plain = number.contains(".") ? number.replaceFirst("\\.?0+$", "") : number;
    return (bound == Bound.AT_LEAST ? ">= " : "<= ") + plain + (of == Figure.RATIO ? " x" : "");
  }

  ObjectNode json() {
    return new ObjectMapper()
        .createObjectNode()
        .put("bound", bound.name())
        .put("number", number)
        .put("of", of.name());
  }

  /** What {@link #json} wrote. */
  static Goal read(JsonNode json) {
    return new Goal(
        Bound.valueOf(json.get("bound").asText()),
        json.get("number").asDouble(),
        Figure.valueOf(json.get("of").asText()));
  }
}
