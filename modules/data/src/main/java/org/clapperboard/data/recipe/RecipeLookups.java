package org.clapperboard.data.recipe;

import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.clapperboard.config.BadData;

/**
 * What the lookups of a recipe hold, read from their files.
 *
 * @param values texts by the lookup's name and their key
 */
public record RecipeLookups(Map<String, Map<String, String>> values) implements Serializable {

  /** No lookups. */
  public static final RecipeLookups NONE = new RecipeLookups(Map.of());

  /**
   * Reads the lookups of a recipe.
   *
   * @throws BadData if a row of their files is unusable: what it says would be missing everywhere
   */
  public static RecipeLookups of(Recipe recipe, Configuration hadoop) throws IOException {
    Map<String, Map<String, String>> values = new TreeMap<>();
    for (Map.Entry<String, Lookup> entry : recipe.lookups().entrySet()) {
      Lookup lookup = entry.getValue();
      Map<String, String> found = new TreeMap<>(lookup.values());
      if (lookup.source() != null) {
        for (Path file : lookup.source().files(recipe.root(), hadoop)) {
          try (ManifestReader rows = ManifestReader.open(lookup.source(), file, hadoop)) {
            lookup.addAll(file.toString(), rows, found);
          }
        }
      }
      values.put(entry.getKey(), found);
    }
    return new RecipeLookups(values);
  }
}
