package org.clapperboard.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands at a name such as {@code data.mixture[2].dataset}, or at the nearest name around it.
 *
 * @param value the value, or the section in which it is missing
 * @param whole whether the value is there
 */
record Found(ConfigValue value, boolean whole) {
  /** A quoted key, an index, or a plain key. */
  private static final Pattern STEP = Pattern.compile("\"([^\"]*)\"|\\[(\\d{1,6})]|[^.\\[]+");

  static Found at(ConfigObject root, String name) {
    ConfigValue here = root;
    Matcher step = STEP.matcher(name);
    while (step.find()) {
      ConfigValue next = step(here, step);
      if (next == null) {
        return new Found(here, false);
      }
      here = next;
    }
    return new Found(here, true);
  }

  private static ConfigValue step(ConfigValue from, Matcher step) {
    if (from instanceof ConfigObject object) {
      return object.get(step.group(1) == null ? step.group() : step.group(1));
    }
    if (from instanceof ConfigList list && step.group(2) != null) {
      int index = Integer.parseInt(step.group(2));
      return index < list.size() ? list.get(index) : null;
    }
    return null;
  }

  /** The value as the user wrote it, or null when it is missing. */
  String shown() {
    return whole ? Wording.shown(value) : null;
  }
}
