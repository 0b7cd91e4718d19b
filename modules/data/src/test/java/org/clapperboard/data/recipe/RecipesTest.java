package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.ConfigFile;
import org.clapperboard.data.recipe.About.Task;
import org.clapperboard.data.recipe.ConversationRule.Template;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recipe applied to a few invented rows in its publisher's format, good ones and broken ones.
 * What must come of them stands beside them in expected.txt, made by hand out of the format; the
 * choice of questions there was computed without this code.
 */
class RecipesTest {
  private static final Path RECIPES = Path.of("../../datasets");
  private static final Path PUBLISHED = Path.of("src/test/resources/recipes");

  @TempDir private Path folder;

  static List<String> recipes() {
    return names(RECIPES)
        .filter(name -> name.endsWith(".yaml") && !name.startsWith("demo-"))
        .map(name -> name.replace(".yaml", ""))
        .toList();
  }

  private static Stream<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path file(String name) {
    return RECIPES.resolve(name + ".yaml");
  }

  private static Recipe read(String name, String root) {
    return ConfigFile.read(file(name), List.of(), recipe -> Recipe.read(recipe, root, 1));
  }

  /** The recipe; none if it says that its dataset cannot be had. */
  private static Optional<Recipe> available(String name) {
    boolean unavailable = ConfigFile.load(file(name), List.of()).has("unavailable");
    return unavailable ? Optional.empty() : Optional.of(read(name, "/data"));
  }

  private static About about(String name) {
    return available(name)
        .map(Recipe::about)
        .orElseGet(
            () ->
                ConfigFile.read(
                    file(name),
                    List.of(),
                    recipe -> {
                      assertThat(recipe.string("unavailable")).endsWith(".");
                      assertThat(recipe.string("name")).isEqualTo(name);
                      return About.read(recipe.section("about"));
                    }));
  }

  private String listing(String name) throws IOException {
    try {
      return RecipeListing.of(read(name, folder.toString()), folder);
    } catch (BadConfig e) {
      return e.problems().get(0).text() + "\n";
    }
  }

  @Test
  void every_recipe_has_rows_to_be_tested_with() {
    assertThat(names(PUBLISHED)).containsExactlyInAnyOrderElementsOf(recipes());
  }

  @Test
  void the_readme_lists_every_recipe_filter_and_format() throws IOException {
    String readme = Files.readString(Path.of("../../datasets/README.md"));
    assertThat(recipes())
        .allSatisfy(name -> assertThat(readme).contains("[%1$s](%1$s.yaml)".formatted(name)));
    assertThat(Filter.values())
        .allSatisfy(filter -> assertThat(readme).containsPattern("`" + filter.key() + "[`:]"));
    assertThat(ManifestSource.Format.values())
        .extracting(format -> "`" + format.name().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
        .allSatisfy(format -> assertThat(readme).contains(format));
  }

  @Test
  void files_without_a_manifest_are_rows_themselves() throws IOException {
    for (String file : List.of("cat/2.wav", "cat/1.wav", "a_dog/1.wav", "cat/readme.txt")) {
      Files.createDirectories(folder.resolve(file).getParent());
      Files.writeString(folder.resolve(file), "x");
    }
    String recipe =
        """
        name: animals
        modality: audio
        source: {format: folder, files: ["*/*.wav"]}
        match: [{of: "{_file}", pattern: "(?<animal>.*)/"}]
        id: "{_file|stem}"
        media: {file: "{_file}"}
        questions: ["which animal is it ?"]
        answer: "{animal|words}"
        """;
    Recipe read =
        ConfigFile.ofText(Path.of("animals.yaml"), recipe, List.of())
            .read(section -> Recipe.read(section, folder.toString(), 1));
    assertThat(RecipeListing.of(read, folder))
        .isEqualTo(
            """
            a_dog/1.wav:1  a_dog/1
              file   a_dog/1.wav
              asked  which animal is it ?
              answer a dog
            cat/1.wav:1  cat/1
              file   cat/1.wav
              asked  which animal is it ?
              answer cat
            cat/2.wav:1  cat/2
              file   cat/2.wav
              asked  which animal is it ?
              answer cat
            """);
  }

  /** The README's example, applied to the README's row. */
  @Test
  void the_readmes_example_is_as_it_says() throws IOException {
    String readme = Files.readString(Path.of("../../datasets/README.md"));
    String[] blocks = readme.substring(readme.indexOf("## Add a dataset")).split("```", -1);
    Files.writeString(folder.resolve("quiz.csv"), blocks[1].stripLeading());
    Recipe quiz =
        ConfigFile.ofText(Path.of("quiz.yaml"), blocks[3].replaceFirst("yaml", ""), List.of())
            .read(recipe -> Recipe.read(recipe, folder.toString(), 1));
    assertThat(RecipeListing.of(quiz, folder))
        .startsWith(
            """
            quiz.csv:2  k7Q_12.5
              file   k7Q.mp4
              file   k7Q.webm
              clip   12.5 to 20.0
            """)
        .contains("what is being cut ? / (A) an onion / (B) a rope")
        .endsWith("answer A\n");
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void rows_of_the_publisher_become_what_is_written_beside_them(String name) throws IOException {
    Path published = PUBLISHED.resolve(name);
    PublisherFiles.copy(published, folder);
    assertThat(listing(name)).isEqualTo(Files.readString(published.resolve("expected.txt")));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void a_recipe_tells_what_is_to_be_known_of_its_dataset(String name) {
    About about = about(name);
    assertThat(about.task()).isNotNull();
    assertThat(List.of(about.licence(), about.citation(), about.page()))
        .allSatisfy(text -> assertThat(text).isNotBlank());
    assertThat(about.citation()).matches(".*\\b(19|20)\\d\\d\\b.*");
    assertThat(about.page()).doesNotContain("://");
    if (about.original() == 0 || about.used() == 0) {
      assertThat(about.notes()).as("why a number is missing").isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void a_recipe_is_named_as_its_file_and_takes_what_the_paper_used(String name) {
    available(name)
        .ifPresent(
            recipe -> {
              assertThat(recipe.name()).isEqualTo(name);
              if (recipe.take() > 0) {
                assertThat(recipe.take()).isEqualTo(recipe.about().used());
              }
            });
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void captions_and_labels_are_asked_for_in_several_ways(String name) {
    available(name)
        .filter(
            recipe -> List.of(Task.CAPTIONING, Task.CLASSIFICATION).contains(recipe.about().task()))
        .filter(recipe -> recipe.conversation() instanceof Template)
        .ifPresent(
            recipe ->
                assertThat(((Template) recipe.conversation()).questions())
                    .hasSizeBetween(5, 10)
                    .doesNotHaveDuplicates());
  }
}
