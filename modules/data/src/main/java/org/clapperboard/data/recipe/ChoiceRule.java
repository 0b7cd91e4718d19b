package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.FieldText.BadRow;

/**
 * A question with answers to choose from. A row gets three more fields: {@code _options}, a line
 * such as {@code (A) a cat} for each of them, {@code _choices}, the list of their texts, and {@code
 * _answer}, the right one, if it is known.
 *
 * @param of field that holds the list of them, or empty
 * @param each texts of them where no field holds a list, such as of lookups
 * @param text field of an element that holds its text, or empty if the elements are texts
 * @param lettered whether the texts begin with their letter, {@code A. a cat}; it is taken off
 * @param right which is the right one, or empty where the publisher keeps that to himself
 * @param by how that is said
 * @param as how it is answered
 */
public record ChoiceRule(
    String of, List<FieldText> each, String text, boolean lettered, FieldText right, By by, As as)
    implements Serializable {
  private static final Pattern LETTERED =
      Pattern.compile("\\s*\\(?([A-Z])[.):]\\s*(.*)", Pattern.DOTALL);

  /** How the right one is answered. */
  public enum As {
    /** By its letter: {@code B}. */
    LETTER,
    /** By its text: {@code a cat}. */
    TEXT,
    /** By both: {@code (B) a cat}. */
    LETTER_AND_TEXT
  }

  /** How a publisher says which is right. */
  public enum By {
    /** By its number, from 0. */
    NUMBER,
    /** By its letter. */
    LETTER,
    /** By its text, of equal ones the first. */
    TEXT
  }

  public ChoiceRule {
    each = List.copyOf(each);
    try (Rules rules = new Rules()) {
      if (of.isBlank() == each.isEmpty()) {
        rules.broken("of", of, "a field with a list, or else texts under each");
      }
      rules.present("right", right);
    }
  }

  static ChoiceRule read(Section section) {
    return section.build(
        () ->
            new ChoiceRule(
                section.string("of", ""),
                section.strings("each", List.of()).stream().map(FieldText::of).toList(),
                section.string("text", ""),
                section.flag("lettered", false),
                FieldText.of(section.string("right", "")),
                section.oneOf("by", By.class, By.NUMBER),
                section.oneOf("as", As.class, As.LETTER)));
  }

  /**
   * The row with the further fields.
   *
   * @throws BadRow if there is no list, or the right one is not in it
   */
  JsonNode apply(JsonNode row, RecipeLookups lookups) {
    List<String> choices = choices(row, lookups);
    ObjectNode more = ((ObjectNode) row).objectNode().setAll((ObjectNode) row);
    ArrayNode texts = more.putArray("_choices");
    choices.forEach(texts::add);
    StringBuilder options = new StringBuilder();
    for (int i = 0; i < choices.size(); i++) {
      options.append(i == 0 ? "" : "\n").append(lettered(choices, i));
    }
    more.put("_options", options.toString());
    if (!right.isEmpty()) {
      int place = place(right.fill(row, lookups.values()).strip(), choices);
      more.put(
          "_answer",
          switch (as) {
            case LETTER -> letter(place);
            case TEXT -> choices.get(place);
            case LETTER_AND_TEXT -> lettered(choices, place);
          });
    }
    return more;
  }

  private List<String> choices(JsonNode row, RecipeLookups lookups) {
    List<String> choices = new ArrayList<>();
    for (FieldText choice : each) {
      add(choice.fill(row, lookups.values()), choices);
    }
    if (of.isEmpty()) {
      return choices;
    }
    JsonNode value = FieldText.at(row, of);
    if (value.isMissingNode()) {
      throw new BadRow("lacks the field \"" + of + "\"");
    }
    for (JsonNode element : Filter.list(value, of)) {
      add(FieldText.present(text.isEmpty() ? element : element.path(text), of), choices);
    }
    return choices;
  }

  private void add(String choice, List<String> choices) {
    choices.add(lettered ? bare(choice, letter(choices.size())) : choice);
  }

  private static String bare(String choice, String letter) {
    Matcher found = LETTERED.matcher(choice);
    if (!found.matches() || !found.group(1).equals(letter)) {
      throw new BadRow(
          "has the choice \"" + choice + "\" (expected: one that begins with \"" + letter + ".\")");
    }
    return found.group(2).strip();
  }

  private int place(String right, List<String> choices) {
    int place =
        switch (by) {
          case NUMBER -> right.matches("\\d{1,2}(\\.0)?") ? (int) Double.parseDouble(right) : -1;
          case LETTER -> right.matches("[A-Z]") ? right.charAt(0) - 'A' : -1;
          case TEXT -> choices.stream().map(String::strip).toList().indexOf(right);
        };
    if (place >= 0 && place < choices.size()) {
      return place;
    }
    String expected =
        switch (by) {
          case NUMBER -> "0 to " + (choices.size() - 1);
          case LETTER -> "A to " + letter(choices.size() - 1);
          case TEXT -> "one of " + choices;
        };
    throw new BadRow("says that choice \"" + right + "\" is right (expected: " + expected + ")");
  }

  private static String lettered(List<String> choices, int place) {
    return "(" + letter(place) + ") " + choices.get(place);
  }

  private static String letter(int place) {
    return String.valueOf((char) ('A' + place));
  }
}
