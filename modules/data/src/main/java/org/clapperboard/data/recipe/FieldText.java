package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts with fields in braces. */
final class FieldText {
  private static final Pattern FIELD = Pattern.compile("\\{([^{}]+)}");
  private static final Pattern PLACE = Pattern.compile("\\d{1,9}");

  private FieldText() {}

  /**
   * Fills the fields in.
   *
   * @throws BadRow if a row lacks a field
   */
  static String fill(String text, JsonNode row) {
    Matcher field = FIELD.matcher(text);
    StringBuilder filled = new StringBuilder();
    while (field.find()) {
      JsonNode value = at(row, field.group(1));
      if (value.isMissingNode() || value.isNull() || value.isContainerNode()) {
        throw new BadRow("lacks the field \"" + field.group(1) + "\"");
      }
      field.appendReplacement(filled, Matcher.quoteReplacement(value.asText()));
    }
    return field.appendTail(filled).toString();
  }

  /** The value at a dotted path; numbers go into lists. */
  static JsonNode at(JsonNode row, String path) {
    JsonNode value = row;
    for (String step : path.split("\\.", -1)) {
      boolean place = value.isArray() && PLACE.matcher(step).matches();
      value = place ? value.path(Integer.parseInt(step)) : value.path(step);
    }
    return value;
  }

  /** Says what is wrong with a row: "lacks the field ...". */
  static final class BadRow extends RuntimeException {
    private static final long serialVersionUID = 1;

    BadRow(String what) {
      super(what);
    }
  }
}
