package org.clapperboard.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.List;
import java.util.Locale;

/** How values, choices and problems read in messages. */
final class Wording {
  private static final int MAX_SHOWN = 80;

  private Wording() {}

  /** {@code lr is -1 (expected: a number above 0). Advice}; the advice may be empty. */
  static String wrong(String key, String shown, String expected, String advice) {
    String text = key + " is " + shown + " (expected: " + expected + ").";
    return advice.isEmpty() ? text : text + " " + advice;
  }

  /** The full name of a key; one with a dot in it is quoted. */
  static String join(String section, String key) {
    String last = ConfigUtil.joinPath(key);
    return section.isEmpty() ? last : section + "." + last;
  }

  /** A value as the user wrote it, cut when long. */
  static String shown(ConfigValue value) {
    if (value instanceof ConfigObject) {
      return "a section";
    }
    if (value instanceof ConfigList) {
      return cut(value.render(ConfigRenderOptions.concise()));
    }
    return value.valueType() == ConfigValueType.STRING ? shown(value.unwrapped()) : text(value);
  }

  /** A value of a record. */
  static String shown(Object value) {
    if (value == null) {
      return "missing";
    }
    if (value instanceof Enum<?> choice) {
      return quoted(constant(choice));
    }
    return value instanceof Number || value instanceof Boolean || value instanceof Iterable<?>
        ? cut(value.toString())
        : quoted(value.toString());
  }

  /** The text of a scalar, numbers as the user wrote them; ConfigException for lists and maps. */
  static String text(ConfigValue scalar) throws ConfigException {
    return scalar.valueType() == ConfigValueType.NULL
        ? "null"
        : scalar.atKey("value").getString("value");
  }

  /** {@code a, b or c}. */
  static String choices(List<String> names) {
    int last = names.size() - 1;
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
  }

  /** {@code weightDecay} as {@code weight-decay}. */
  static String kebab(String component) {
    return component.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }

  /** {@code AUDIO_ENCODER} as {@code audio-encoder}. */
  static String constant(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String quoted(String text) {
    return ConfigUtil.quoteString(cut(text));
  }

  private static String cut(String text) {
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
