package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.data.recipe.FieldText.BadRow;

/** Applies a recipe to the rows of its manifest. */
public final class SampleMaker {
  private static final Pattern CLOCK =
      Pattern.compile("(?:(\\d+):)?(\\d{1,2}):(\\d{1,2}(?:\\.\\d+)?)");
  private static final Pattern ABSOLUTE = Pattern.compile("/|[a-z][a-z0-9]+:/");

  private final Recipe recipe;
  private final RecipeLookups lookups;
  private final Conversations conversations;

  /** A maker for one recipe and what its lookups hold. */
  public SampleMaker(Recipe recipe, RecipeLookups lookups) {
    this.recipe = recipe;
    this.lookups = lookups;
    this.conversations = new Conversations(recipe.conversation(), recipe.seed(), lookups);
  }

  /**
   * What became of a row: samples, a reason why there are none or not all that it lists, or both. A
   * row that the recipe does not want has neither.
   *
   * @param samples the samples, possibly several
   * @param problem what is wrong with the row, the first thing if there are several; or null
   */
  public record Made(List<SampleSpec> samples, String problem) {}

  /** The samples of one row. */
  public Made samples(String manifest, ManifestRow row) {
    return samples(manifest, row, id -> true);
  }

  /** The samples of one row whose names are wanted; of others nothing but the name is made. */
  public Made samples(String manifest, ManifestRow row, Predicate<String> wanted) {
    if (row.problem() != null) {
      return new Made(List.of(), row.problem());
    }
    List<SampleSpec> samples = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (JsonNode fields : rows(manifest, row, problems)) {
      try {
        SampleSpec sample = sample(manifest, row.line(), fields, wanted);
        if (sample != null) {
          samples.add(sample);
        }
      } catch (BadRow e) {
        problems.add(e.getMessage());
      }
    }
    return new Made(samples, summary(problems));
  }

  private List<JsonNode> rows(String manifest, ManifestRow row, List<String> problems) {
    try {
      return recipe.rows().apply(placed(manifest, row), lookups.values());
    } catch (BadRow e) {
      problems.add(e.getMessage());
      return List.of();
    }
  }

  private static String summary(List<String> problems) {
    return switch (problems.size()) {
      case 0 -> null;
      case 1 -> problems.get(0);
      default ->
          problems.get(0) + ", and " + (problems.size() - 1) + " more of its samples are unusable";
    };
  }

  /** Fields that say where the row stands come with every row. */
  private JsonNode placed(String manifest, ManifestRow row) {
    if (row.fields() instanceof ObjectNode fields) {
      int below = manifest.indexOf(recipe.root() + "/");
      String file =
          below < 0 || recipe.root().isEmpty()
              ? manifest
              : manifest.substring(below + recipe.root().length() + 1);
      fields.put("_file", file);
      fields.put("_line", row.line());
    }
    return row.fields();
  }

  /** The sample, or null if its name is not wanted. */
  private SampleSpec sample(String manifest, long line, JsonNode given, Predicate<String> wanted) {
    JsonNode row = recipe.choices() == null ? given : recipe.choices().apply(given, lookups);
    if (recipe.repeats() == Repeats.MEDIUM) {
      SampleSpec sample = sample(manifest, line, fill(recipe.id(), row), row);
      String medium = sample.medium(recipe.root());
      return wanted.test(medium) ? sample.named(medium) : null;
    }
    String id = fill(recipe.id(), row);
    return wanted.test(id) ? sample(manifest, line, id, row) : null;
  }

  private SampleSpec sample(String manifest, long line, String id, JsonNode row) {
    Recipe.MediaRule media = recipe.media();
    double start = secondsOr(0, media.start(), row);
    double end = secondsOr(Double.POSITIVE_INFINITY, media.end(), row);
    if (end <= start) {
      throw new BadRow("has a clip from " + start + " s to " + end + " s");
    }
    return new SampleSpec(
        id,
        recipe.name(),
        recipe.modality(),
        fill(recipe.kind(), row),
        manifest,
        line,
        media.candidates().map(file -> inFolder(recipe.root(), fill(file, row))).toList(),
        media.cut().size(),
        start,
        end,
        conversations.of(id, row),
        facts(row));
  }

  private Map<String, String> facts(JsonNode row) {
    Map<String, String> facts = new TreeMap<>();
    recipe.facts().forEach((name, text) -> facts.put(name, fill(text, row)));
    return facts;
  }

  private double secondsOr(double none, FieldText text, JsonNode row) {
    String time = fill(text, row);
    return time.isBlank() ? none : seconds(time);
  }

  private String fill(FieldText text, JsonNode row) {
    return text.fill(row, lookups.values());
  }

  private static String inFolder(String root, String file) {
    return root.isEmpty() || ABSOLUTE.matcher(file).lookingAt() ? file : root + "/" + file;
  }

  /** Seconds as a number, or H:MM:SS.mmm. */
  static double seconds(String text) {
    Matcher clock = CLOCK.matcher(text.strip());
    try {
      if (clock.matches()) {
        double hours = clock.group(1) == null ? 0 : Double.parseDouble(clock.group(1));
        return hours * 3600
            + Double.parseDouble(clock.group(2)) * 60
            + Double.parseDouble(clock.group(3));
      }
      double value = Double.parseDouble(text.strip());
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new BadRow("has the time \"" + text + "\" (expected: seconds or H:MM:SS.mmm)");
    }
    throw new BadRow("has the time \"" + text + "\" (expected: 0 or more)");
  }
}
