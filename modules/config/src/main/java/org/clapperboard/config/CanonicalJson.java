package org.clapperboard.config;

import static java.util.stream.Collectors.joining;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.math.BigDecimal;
import java.util.TreeMap;

/**
 * One text per meaning: sorted keys, no blanks, keys without a value left out, 1.0 and 1e0 as 1.
 */
final class CanonicalJson {
  private static final int MAX_PLAIN_DIGITS = 20;

  private CanonicalJson() {}

  static String of(ConfigValue value) {
    if (value instanceof ConfigObject object) {
      return new TreeMap<>(object)
          .entrySet().stream()
              .filter(entry -> entry.getValue().valueType() != ConfigValueType.NULL)
              .map(entry -> ConfigUtil.quoteString(entry.getKey()) + ":" + of(entry.getValue()))
              .collect(joining(",", "{", "}"));
    }
    if (value instanceof ConfigList list) {
      return list.stream().map(CanonicalJson::of).collect(joining(",", "[", "]"));
    }
    String text = Wording.text(value);
    return switch (value.valueType()) {
      case STRING -> ConfigUtil.quoteString(text);
      case NUMBER -> number(new BigDecimal(text));
      case BOOLEAN, NULL -> text;
      case OBJECT, LIST -> throw new IllegalStateException("Not a scalar: " + value);
    };
  }

  private static String number(BigDecimal number) {
    BigDecimal shortest = number.stripTrailingZeros();
    boolean plain = Math.abs(shortest.scale()) <= MAX_PLAIN_DIGITS;
    return plain ? shortest.toPlainString() : shortest.toString();
  }
}
