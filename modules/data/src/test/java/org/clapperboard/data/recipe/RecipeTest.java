package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.clapperboard.config.BadConfig;
import org.junit.jupiter.api.Test;

/** What a user is told of mistakes in a recipe. */
class RecipeTest {
  private static final String GOOD =
      """
      name: sounds
      modality: audio
      source: {format: csv, files: [sounds.csv]}
      id: "{id}"
      media: {file: "{id}.wav"}
      questions: ["what sound is it ?"]
      answer: "{label}"
      """;

  private static AbstractThrowableAssert<?, ?> reading(String from, String to) {
    assertThat(GOOD).contains(from);
    return assertThatThrownBy(() -> RecipeText.read(GOOD.replace(from, to)))
        .isInstanceOf(BadConfig.class);
  }

  @Test
  void what_may_be_left_out_has_a_meaning() {
    Recipe recipe = RecipeText.read(GOOD);
    assertThat(recipe.take()).isZero();
    assertThat(recipe.repeats()).isEqualTo(Repeats.REFUSE);
    assertThat(recipe.about()).isEqualTo(About.nothing());
    assertThat(recipe.media().start().isEmpty()).isTrue();
    assertThat(recipe.source().separator()).isEqualTo(",");
    assertThat(recipe.kind().isEmpty()).isTrue();
  }

  @Test
  void what_a_recipe_says_of_its_dataset_is_kept() {
    Recipe recipe =
        RecipeText.read(
            GOOD
                + "about: {task: question-answering, licence: CC0, citation: \"A, B, 2020\","
                + " page: x.org, original: 9, used: 7, notes: [n]}");
    assertThat(recipe.about())
        .isEqualTo(
            new About(
                About.Task.QUESTION_ANSWERING, "CC0", "A, B, 2020", "x.org", 9, 7, List.of("n")));
  }

  @Test
  void what_is_said_of_an_exam_is_for_others_to_read() {
    assertThat(RecipeText.read(GOOD + "exam: {anything: {at: all}}"))
        .isEqualTo(RecipeText.read(GOOD));
  }

  @Test
  void a_mistake_in_a_fact_is_told() {
    reading("answer:", "facts: {n: \"{id|pad}\", l: \"{id|upper}\"}\nanswer:")
        .hasMessageContaining("pad needs a width, such as pad:6")
        .hasMessageContaining("\"upper\" to be one of pad, add,");
    reading("answer:", "fact: {n: \"{id}\"}\nanswer:")
        .hasMessageContaining("fact is not a known key. Did you mean \"facts\"?");
  }

  @Test
  void a_name_that_is_neither_filter_nor_lookup_is_told_with_what_there_is() {
    reading("{label}\"", "{label|upper}\"\nlookups: {names: {values: {a: b}}}")
        .hasMessageContaining("recipe.yaml:8  lookups is ")
        .hasMessageContaining("\"upper\" to be one of pad, add, floor, base, stem, words, drop,")
        .hasMessageContaining("hash, names");
    reading("{id}.wav", "{id|folder}.wav")
        .hasMessageContaining("recipe.yaml:")
        .hasMessageContaining("\"folder\" to be one of pad,");
  }

  @Test
  void an_argument_that_a_filter_cannot_take_is_told() {
    reading("{id}.wav", "{id|pad}.wav")
        .hasMessageContaining("recipe.yaml:")
        .hasMessageContaining("pad needs a width, such as pad:6");
  }

  @Test
  void a_lookup_needs_values_or_a_file() {
    reading("id: \"{id}\"", "id: \"{id}\"\nlookups: {names: {key: \"{a}\"}}")
        .hasMessageContaining("recipe.yaml:5  lookups.names.values is ")
        .hasMessageContaining("(expected: texts by key, or source: a file that lists them)");
  }

  @Test
  void a_text_has_no_media_and_all_else_has() {
    reading("modality: audio", "modality: text")
        .hasMessageContaining("recipe.yaml:5  media.file is \"{id}.wav\"")
        .hasMessageContaining("(expected: none, since the modality is text)");
    reading("media: {file: \"{id}.wav\"}\n", "")
        .hasMessageContaining("media.file is missing (expected: a path)");
  }

  @Test
  void clips_that_are_cut_are_beside_files_that_they_are_cut_of() {
    String expected = "(expected: a file that it is cut of, and start or end, beside it)";
    reading("{file: \"{id}.wav\"}", "{file: \"{id}.wav\", cut: [\"{id}_1.wav\"]}")
        .hasMessageContaining("recipe.yaml:5  media.cut is ")
        .hasMessageContaining(expected);
    reading("{file: \"{id}.wav\"}", "{start: \"1\", cut: [\"{id}_1.wav\"]}")
        .hasMessageContaining(expected);
    String good = "{file: \"{id}.wav\", start: \"1\", cut: [\"{id}_1.wav\"]}";
    Recipe recipe = RecipeText.read(GOOD.replace("{file: \"{id}.wav\"}", good));
    assertThat(recipe.media().candidates().map(FieldText::toString))
        .containsExactly("{id}_1.wav", "{id}.wav");
  }

  @Test
  void a_source_has_files_and_a_separator_of_one_character() {
    reading("files: [sounds.csv]", "files: [], separator: \"||\"")
        .hasMessageContaining("recipe.yaml:3  source.files is [] (expected: at least one value)")
        .hasMessageContaining(
            "recipe.yaml:3  source.separator is \"||\" (expected: one character)");
    reading("format: csv", "format: xml")
        .hasMessageContaining("source.format is \"xml\" (expected: csv, tsv, json, json-map,");
  }

  @Test
  void a_key_that_is_not_known_is_told() {
    reading("id: \"{id}\"", "id: \"{id}\"\nwher: {split: train}")
        .hasMessageContaining("recipe.yaml:5  wher is not a known key. Did you mean \"where\"?");
  }

  @Test
  void a_dataset_that_cannot_be_had_says_why() {
    assertThatThrownBy(() -> RecipeText.read("name: x\nunavailable: \"Nobody has it.\"\n"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "recipe.yaml:2  unavailable is \"Nobody has it.\" (expected: nothing: it cannot be"
                + " prepared). Nobody has it.");
  }
}
