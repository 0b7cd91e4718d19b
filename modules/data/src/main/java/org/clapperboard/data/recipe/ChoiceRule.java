package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.FieldText.BadRow;

/**
 * A question with answers to choose from. A row gets two more fields: {@code _options}, a line such
 * as {@code (A) a cat} for each of them, and {@code _answer}, the right one.
 *
 * @param of field that holds the list of them
 * @param text field of an element that holds its text, or empty if the elements are texts
 * @param right number of the right one, from 0
 * @param as how it is answered
 */
public record ChoiceRule(String of, String text, FieldText right, As as) implements Serializable {

  /** How the right one is answered. */
  public enum As {
    /** By its letter: {@code B}. */
    LETTER,
    /** By its text: {@code a cat}. */
    TEXT,
    /** By both: {@code (B) a cat}. */
    LETTER_AND_TEXT
  }

  public ChoiceRule {
    try (Rules rules = new Rules()) {
      rules.notBlank("of", of);
      rules.present("right", right);
    }
  }

  static ChoiceRule read(Section section) {
    return section.build(
        () ->
            new ChoiceRule(
                section.string("of"),
                section.string("text", ""),
                FieldText.of(section.string("right")),
                section.oneOf("as", As.class, As.LETTER)));
  }

  /**
   * The row with the two fields.
   *
   * @throws BadRow if there is no list, or the right one is not in it
   */
  JsonNode apply(JsonNode row, RecipeLookups lookups) {
    List<String> choices = new ArrayList<>();
    JsonNode value = FieldText.at(row, of);
    if (value.isMissingNode()) {
      throw new BadRow("lacks the field \"" + of + "\"");
    }
    ArrayNode list = Filter.list(value, of);
    for (JsonNode element : list) {
      choices.add(FieldText.present(text.isEmpty() ? element : element.path(text), of));
    }
    int place = place(right.fill(row, lookups.values()).strip(), choices.size());
    StringBuilder options = new StringBuilder();
    for (int i = 0; i < choices.size(); i++) {
      options.append(i == 0 ? "" : "\n").append(lettered(choices, i));
    }
    ObjectNode more = ((ObjectNode) row).objectNode().setAll((ObjectNode) row);
    more.put("_options", options.toString());
    more.put(
        "_answer",
        switch (as) {
          case LETTER -> letter(place);
          case TEXT -> choices.get(place);
          case LETTER_AND_TEXT -> lettered(choices, place);
        });
    return more;
  }

  private static int place(String right, int choices) {
    if (right.matches("\\d{1,2}(\\.0)?")) {
      int place = (int) Double.parseDouble(right);
      if (place < choices) {
        return place;
      }
    }
    throw new BadRow(
        "says that choice \"" + right + "\" is right (expected: 0 to " + (choices - 1) + ")");
  }

  private static String lettered(List<String> choices, int place) {
    return "(" + letter(place) + ") " + choices.get(place);
  }

  private static String letter(int place) {
    return String.valueOf((char) ('A' + place));
  }
}
