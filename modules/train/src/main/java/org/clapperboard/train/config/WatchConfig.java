package org.clapperboard.train.config;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * When a stage is given up because its loss diverges.
 *
 * @param stopAbove how many times its best mean the mean loss may become, or 0 where it is not
 *     watched
 * @param window steps of a mean
 */
public record WatchConfig(double stopAbove, int window) implements Serializable {
  /** Nothing is watched. */
  public static final WatchConfig NOTHING = new WatchConfig(0, 1);

  public WatchConfig {
    try (Rules rules = new Rules()) {
      if (stopAbove != 0 && !(stopAbove > 1)) {
        rules.broken("stopAbove", stopAbove, "above 1");
      }
      rules.atLeast("window", window, 1);
    }
  }

  static WatchConfig read(Section section) {
    return section.build(
        () -> new WatchConfig(section.number("stop-above"), section.integer("window", 50)));
  }
}
