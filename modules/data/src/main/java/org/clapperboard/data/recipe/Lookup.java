package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.clapperboard.config.BadData;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;
import org.clapperboard.data.recipe.FieldText.BadRow;

/**
 * Texts by a key, that stand in the recipe or in a file of the publisher: label names by number,
 * folders by video.
 *
 * @param values what the recipe lists itself
 * @param source file that lists more, or null
 * @param key text of a row of that file that is looked for
 * @param value text of that row that is found
 */
public record Lookup(
    Map<String, String> values, ManifestSource source, FieldText key, FieldText value)
    implements Serializable {

  public Lookup {
    values = Map.copyOf(values);
    try (Rules rules = new Rules()) {
      if (values.isEmpty() && source == null) {
        rules.broken("values", values, "texts by key, or source: a file that lists them");
      }
    }
  }

  static Lookup read(Section section) {
    return section.build(
        () -> {
          Map<String, String> values = new TreeMap<>();
          section.asMap("values").forEach((key, value) -> values.put(key, value.toString()));
          return new Lookup(
              values,
              section.optionalSection("source").map(ManifestSource::read).orElse(null),
              FieldText.of(section.string("key", "{_key}")),
              FieldText.of(section.string("value", "{_value}")));
        });
  }

  /**
   * Adds the rows of a file.
   *
   * @throws BadData if one of them is unusable: what is looked up there would be wrong everywhere
   */
  void addAll(String file, Iterator<ManifestRow> rows, Map<String, String> found) {
    while (rows.hasNext()) {
      ManifestRow row = rows.next();
      String problem = row.problem();
      if (problem == null) {
        problem = add(row.fields(), found);
      }
      if (problem != null) {
        throw new BadData("Cannot use " + file + ":" + row.line() + ": it " + problem + ".");
      }
    }
  }

  private String add(JsonNode row, Map<String, String> found) {
    try {
      found.put(key.fill(row, Map.of()), value.fill(row, Map.of()));
      return null;
    } catch (BadRow e) {
      return e.getMessage();
    }
  }
}
