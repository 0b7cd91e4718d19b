package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.clapperboard.data.recipe.FieldText.BadRow;

/**
 * Lists that a publisher wrote with Python's {@code str}: texts in single or double quotes,
 * numbers, True, False, None, lists and tuples inside lists.
 */
final class PythonList {
  private final String text;
  private int at;

  private PythonList(String text) {
    this.text = text;
  }

  /**
   * Parses a list.
   *
   * @throws BadRow if the text is not one
   */
  static ArrayNode parse(String text) {
    PythonList parser = new PythonList(text.strip());
    JsonNode value = parser.value();
    parser.skipBlanks();
    if (parser.at != parser.text.length() || !(value instanceof ArrayNode list)) {
      throw parser.bad("the end of a list");
    }
    return list;
  }

  private JsonNode value() {
    skipBlanks();
    char c = peek();
    if (c == '[' || c == '(') {
      return list(c == '[' ? ']' : ')');
    } else if (c == '\'' || c == '"') {
      return JsonNodeFactory.instance.textNode(quoted());
    }
    return bare();
  }

  private ArrayNode list(char close) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    at++;
    skipBlanks();
    while (peek() != close) {
      list.add(value());
      skipBlanks();
      if (peek() == ',') {
        at++;
        skipBlanks();
      } else if (peek() != close) {
        throw bad("\",\" or \"" + close + "\"");
      }
    }
    at++;
    return list;
  }

  private String quoted() {
    char quote = text.charAt(at++);
    StringBuilder value = new StringBuilder();
    while (peek() != quote) {
      char c = text.charAt(at++);
      value.append(c == '\\' ? escaped() : c);
    }
    at++;
    return value.toString();
  }

  private String escaped() {
    char c = peek();
    at++;
    return switch (c) {
      case 'n' -> "\n";
      case 't' -> "\t";
      case 'r' -> "\r";
      case 'x' -> code(2);
      case 'u' -> code(4);
      case 'U' -> code(8);
      case '\\', '\'', '"' -> String.valueOf(c);
      // Python keeps the backslash of escapes it does not know.
      default -> "\\" + c;
    };
  }

  private String code(int digits) {
    try {
      int point = Integer.parseInt(text.substring(at, at + digits), 16);
      at += digits;
      return Character.toString(point);
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      throw bad(digits + " hexadecimal digits");
    }
  }

  private JsonNode bare() {
    int start = at;
    while (at < text.length() && ",])([ ".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    return switch (word) {
      case "True" -> JsonNodeFactory.instance.booleanNode(true);
      case "False" -> JsonNodeFactory.instance.booleanNode(false);
      case "None" -> JsonNodeFactory.instance.nullNode();
      default -> number(word, start);
    };
  }

  private JsonNode number(String word, int start) {
    try {
      return JsonNodeFactory.instance.numberNode(Double.parseDouble(word));
    } catch (NumberFormatException e) {
      at = start;
      throw bad("a text in quotes or a number");
    }
  }

  private char peek() {
    if (at >= text.length()) {
      throw bad("more");
    }
    return text.charAt(at);
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private BadRow bad(String expected) {
    String around = text.substring(Math.max(0, at - 10), Math.min(text.length(), at + 10));
    return new BadRow(
        "has a list that breaks off at character "
            + at
            + ", near \""
            + around
            + "\" (expected: "
            + expected
            + ")");
  }
}
