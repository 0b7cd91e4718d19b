package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.commons.codec.digest.DigestUtils;
import org.clapperboard.data.recipe.FieldText.BadRow;

/** What a recipe can do with a field's value on its way into a text. */
enum Filter {
  /** A whole number with zeros in front: {@code pad:6} makes 42 to 000042. */
  PAD {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      long number = number(value, path).longValue();
      return text(String.format(Locale.ROOT, "%0" + argument + "d", number));
    }

    @Override
    String problem(String argument) {
      return argument.matches("[1-9]\\d?") ? "" : "pad needs a width, such as pad:6";
    }
  },
  /** A number made larger: {@code add:10}. */
  ADD {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(number(value, path).add(new BigDecimal(argument)).toPlainString());
    }

    @Override
    String problem(String argument) {
      return argument.matches("-?\\d+(\\.\\d+)?") ? "" : "add needs a number, such as add:10";
    }
  },
  /** A number brought down to a multiple: {@code floor:1000} makes 7301 to 7000. */
  FLOOR {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      BigDecimal step = new BigDecimal(argument);
      BigDecimal steps = number(value, path).divide(step, 0, RoundingMode.FLOOR);
      return text(steps.multiply(step).toPlainString());
    }

    @Override
    String problem(String argument) {
      return argument.matches("[1-9]\\d{0,8}") ? "" : "floor needs a number, such as floor:1000";
    }
  },
  /** A path without its folders. */
  BASE {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      String whole = FieldText.present(value, path);
      return text(whole.substring(whole.lastIndexOf('/') + 1));
    }
  },
  /** A path without the extension of its file. */
  STEM {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(FieldText.present(value, path).replaceFirst("\\.[^./]*$", ""));
    }
  },
  /** The words of a label: underscores become blanks, a slash becomes "or". */
  WORDS {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(FieldText.present(value, path).replace('_', ' ').replace("/", " or "));
    }
  },
  /** A text without some characters: {@code drop:[]}. */
  DROP {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(
          FieldText.present(value, path)
              .codePoints()
              .filter(c -> argument.indexOf(c) < 0)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString());
    }

    @Override
    String problem(String argument) {
      return argument.isEmpty() ? "drop needs characters, such as drop:[]" : "";
    }
  },
  /** Lower case. */
  LOWER {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(FieldText.present(value, path).toLowerCase(Locale.ROOT));
    }
  },
  /** The elements of a list with a text between them, a comma if none is given. */
  JOIN {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(
          StreamSupport.stream(list(value, path).spliterator(), false)
              .map(element -> FieldText.present(element, path))
              .collect(Collectors.joining(argument.isEmpty() ? ", " : argument)));
    }
  },
  /** The elements of a list as JSON, texts all of them: for what reads a text again. */
  JSON {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      ArrayNode texts = JsonNodeFactory.instance.arrayNode();
      list(value, path).forEach(element -> texts.add(FieldText.present(element, path)));
      return text(texts.toString());
    }
  },
  /** Another text where the field is missing or empty: {@code or:unknown}. */
  OR {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      boolean none = value.isMissingNode() || value.isNull() || value.asText().isBlank();
      return none && !value.isContainerNode() ? text(argument) : value;
    }
  },
  /** Each {@code <Word>} in a text becomes the next element of a list: {@code fill:values}. */
  FILL {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      Matcher place = PLACE.matcher(FieldText.present(value, path));
      Iterator<JsonNode> values = list(FieldText.at(row, argument), argument).iterator();
      StringBuilder filled = new StringBuilder();
      while (place.find()) {
        if (!values.hasNext()) {
          throw new BadRow(
              "has more places in \"" + path + "\" than values in \"" + argument + '"');
        }
        String next = FieldText.present(values.next(), argument);
        place.appendReplacement(filled, Matcher.quoteReplacement(next));
      }
      return text(place.appendTail(filled).toString());
    }

    @Override
    String problem(String argument) {
      return argument.isEmpty() ? "fill needs the field of its values, such as fill:values" : "";
    }
  },
  /** Twelve digits that stand for a text too long for a name. */
  HASH {
    @Override
    JsonNode apply(JsonNode value, String path, String argument, JsonNode row) {
      return text(DigestUtils.sha256Hex(FieldText.present(value, path)).substring(0, 12));
    }
  };

  private static final Pattern PLACE = Pattern.compile("<\\w+>");

  /**
   * The value after this filter.
   *
   * @param path the field the value came from, for messages
   * @param argument what follows the colon, or an empty text
   * @throws BadRow if the value is none it can take
   */
  abstract JsonNode apply(JsonNode value, String path, String argument, JsonNode row);

  /** What is wrong with an argument, or an empty text. */
  String problem(String argument) {
    return "";
  }

  /** The filter of that name, or null. */
  static Filter named(String name) {
    return Arrays.stream(values())
        .filter(filter -> filter.key().equals(name))
        .findFirst()
        .orElse(null);
  }

  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  static JsonNode text(String value) {
    return JsonNodeFactory.instance.textNode(value);
  }

  /** A list, or the text of one. */
  static ArrayNode list(JsonNode value, String path) {
    if (value instanceof ArrayNode list) {
      return list;
    }
    return PythonList.parse(FieldText.present(value, path));
  }

  private static BigDecimal number(JsonNode value, String path) {
    String text = FieldText.present(value, path);
    try {
      return new BigDecimal(text.strip());
    } catch (NumberFormatException e) {
      throw new BadRow("has \"" + text + "\" in \"" + path + "\" (expected: a number)");
    }
  }
}
