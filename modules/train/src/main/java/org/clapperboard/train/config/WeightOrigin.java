package org.clapperboard.train.config;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.Map;
import org.clapperboard.config.Section;
import org.clapperboard.model.Part;

/**
 * Where the weights of a part come from.
 *
 * @param kind what the place is
 * @param place name of a stage, or location of a checkpoint; empty for a fresh start
 */
public record WeightOrigin(Kind kind, String place) implements Serializable {
  /** A fresh start from the seed. */
  public static final WeightOrigin FRESH = new WeightOrigin(Kind.FRESH, "");

  /** What the weights come from. */
  public enum Kind {
    /** Nothing: the seed decides. */
    FRESH,
    /** The end of another stage of the same run. */
    STAGE,
    /** Weights of somebody else: a folder or file of a model, or of the part alone. */
    CHECKPOINT
  }

  /**
   * Reads the {@code weights} section: {@code from} for all parts, a part's own key for that part;
   * {@code fresh}, the name of a stage, or a location with a slash.
   */
  static Map<Part, WeightOrigin> read(Section section) {
    return section.build(
        () -> {
          Map<Part, WeightOrigin> origins = new EnumMap<>(Part.class);
          String from = section.string("from", "fresh");
          for (Part part : Part.values()) {
            String key = section.has(part.key()) ? part.key() : "from";
            String value = section.string(part.key(), from);
            origins.put(part, of(section, key, value));
          }
          return origins;
        });
  }

  private static WeightOrigin of(Section section, String key, String value) {
    if (value.equals("fresh")) {
      return FRESH;
    }
    return value.contains("/")
        ? new WeightOrigin(Kind.CHECKPOINT, section.location(key))
        : new WeightOrigin(Kind.STAGE, value);
  }

  @Override
  public String toString() {
    return switch (kind) {
      case FRESH -> "fresh start";
      case STAGE -> place;
      case CHECKPOINT -> place;
    };
  }
}
