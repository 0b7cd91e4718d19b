package org.clapperboard.train.config;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.clapperboard.config.Section;
import org.clapperboard.model.AdapterFolder;
import org.clapperboard.model.Part;
import org.clapperboard.model.WeightPlace;

/**
 * Where the weights of a part come from.
 *
 * @param kind what the place is
 * @param place name of a stage, or location of a checkpoint; empty for a fresh start
 * @param base location of what an adapter at that place belongs to, or empty for what it names
 */
public record WeightOrigin(Kind kind, String place, String base) implements Serializable {
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

  /** An origin that is no adapter, or one that names its base itself. */
  public WeightOrigin(Kind kind, String place) {
    this(kind, place, "");
  }

  /**
   * Opens a checkpoint.
   *
   * @throws org.clapperboard.config.BadCheckpoint if it is not there, or damaged
   */
  public WeightPlace open() {
    return WeightPlace.open(Path.of(place), base.isEmpty() ? null : Path.of(base));
  }

  /** Whether it is the folder of an adapter. */
  public boolean isAdapter() {
    return kind == Kind.CHECKPOINT && AdapterFolder.at(Path.of(place));
  }

  /**
   * Reads the {@code weights} section: {@code from} for all parts, a part's own key for that part;
   * {@code fresh}, the name of a stage, or a location with a slash. {@code base} is what adapters
   * among them belong to.
   */
  static Map<Part, WeightOrigin> read(Section section) {
    return section.build(
        () -> {
          Map<Part, WeightOrigin> origins = new EnumMap<>(Part.class);
          String from = section.string("from", "fresh");
          String base = section.has("base") ? section.location("base") : "";
          for (Part part : Part.values()) {
            String key = section.has(part.key()) ? part.key() : "from";
            String value = section.string(part.key(), from);
            origins.put(part, of(section, key, value, base));
          }
          return origins;
        });
  }

  private static WeightOrigin of(Section section, String key, String value, String base) {
    if (value.equals("fresh")) {
      return FRESH;
    }
    return value.contains("/")
        ? new WeightOrigin(Kind.CHECKPOINT, section.location(key), base)
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
