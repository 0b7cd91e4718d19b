package org.clapperboard.data.recipe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.recipe.SampleMaker.Made;

/** Recipes and rows as texts. */
final class RecipeText {
  private RecipeText() {}

  /** A recipe for files in /data, of a file called recipe.yaml. */
  static Recipe read(String yaml) {
    return ConfigFile.ofText(Path.of("recipe.yaml"), yaml, List.of())
        .read(recipe -> Recipe.read(recipe, "/data", 1));
  }

  static Made make(String yaml, String row) {
    return make(yaml, row, Map.of());
  }

  /** What becomes of a row in line 12 of m.csv. */
  static Made make(String yaml, String row, Map<String, Map<String, String>> lookups) {
    return new SampleMaker(read(yaml), new RecipeLookups(lookups))
        .samples("m.csv", new ManifestRow(12, json(row), null));
  }

  static JsonNode json(String text) {
    try {
      return ManifestReader.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
