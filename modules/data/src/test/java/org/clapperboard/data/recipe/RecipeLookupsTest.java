package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadData;
import org.clapperboard.config.ConfigFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeLookupsTest {
  @TempDir private Path folder;

  private Map<String, Map<String, String>> read(String lookups) throws IOException {
    String recipe =
        """
        name: x
        modality: text
        source: {format: jsonl, files: [rows.jsonl]}
        id: "x"
        questions: ["x"]
        answer: "x"
        lookups:
        """;
    Recipe read =
        ConfigFile.ofText(Path.of("recipe.yaml"), recipe + lookups, List.of())
            .read(section -> Recipe.read(section, folder.toString(), 1));
    return RecipeLookups.of(read, new Configuration()).values();
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  @Test
  void texts_stand_in_the_recipe_or_in_files() throws IOException {
    write("map.json", "{\"7\": \"0101/7\", \"8\": \"0102/8\"}");
    write("labels.txt", "riding a bike\nabseiling, far off\n");
    write("codes.csv", "index,mid,display_name\n0,/m/1,\"Cough\"\n");
    assertThat(
            read(
                """
                  said: {values: {a: b, 1: true}}
                  path: {source: {format: json-map, files: [map.json]}}
                  label: {source: {format: tsv, files: [labels.txt], columns: [name]}, key: "{_row}", value: "{name}"}
                  code: {values: {x: y, /m/1: other}, source: {format: csv, files: [codes.csv]}, key: "{mid}", value: "{display_name|lower}"}
                """))
        .isEqualTo(
            Map.of(
                "said", Map.of("a", "b", "1", "true"),
                "path", Map.of("7", "0101/7", "8", "0102/8"),
                "label", Map.of("0", "riding a bike", "1", "abseiling, far off"),
                "code", Map.of("x", "y", "/m/1", "cough")));
  }

  @Test
  void a_row_that_cannot_be_used_is_bad_data_for_it_would_be_missing_everywhere()
      throws IOException {
    write("codes.csv", "mid,display_name\n/m/1,Cough\n/m/2\n");
    String lookup =
        "  code: {source: {format: csv, files: [codes.csv]}, key: \"{mid}\", value: \"{%s}\"}\n";
    assertThatThrownBy(() -> read(lookup.formatted("display_name")))
        .isInstanceOf(BadData.class)
        .hasMessageMatching("Cannot use .*codes.csv:3: it has 1 fields \\(expected: 2\\)\\.");
    assertThatThrownBy(() -> read(lookup.formatted("name")))
        .isInstanceOf(BadData.class)
        .hasMessageMatching("Cannot use .*codes.csv:2: it lacks the field \"name\"\\.");
  }

  @Test
  void a_file_that_is_not_there_is_told() {
    assertThatThrownBy(() -> read("  path: {source: {format: json-map, files: [map.json]}}\n"))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageMatching("there is no manifest .*map.json");
  }
}
