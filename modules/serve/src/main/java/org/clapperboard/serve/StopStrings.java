package org.clapperboard.serve;

import java.util.List;

/**
 * Ends a text before the first of some strings. What may be the beginning of one is held back until
 * it is known.
 */
final class StopStrings {
  private final List<String> stops;
  private String held = "";
  private boolean met;

  StopStrings(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /** More text; returns what of it, and of what was held back, can be given out. */
  String add(String text) {
    if (met) {
      return "";
    }
    held += text;
    int first = first();
    met = first >= 0;
    int certain = met ? first : held.length() - beginning();
    String out = held.substring(0, certain);
    held = met ? "" : held.substring(certain);
    return out;
  }

  /** No more text comes; returns what was held back. */
  String end() {
    String rest = held;
    held = "";
    return rest;
  }

  /** Whether one of the strings came. */
  boolean met() {
    return met;
  }

  private int first() {
    return stops.stream().mapToInt(held::indexOf).filter(at -> at >= 0).min().orElse(-1);
  }

  /** Length of the longest end of the text with which a string begins. */
  private int beginning() {
    int longest = 0;
    for (String stop : stops) {
      for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
        if (held.endsWith(stop.substring(0, length))) {
          longest = length;
        }
      }
    }
    return longest;
  }
}
