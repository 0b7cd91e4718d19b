package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.clapperboard.config.BadConfig;
import org.clapperboard.data.Exchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChoiceRuleTest {
  private static final String ROW =
      "{\"c\": [\"a cat\", \"a dog\", 3], \"o\": [{\"t\": \"x\"}, {\"t\": \"y\"}], \"n\": 1, \"f\": \"2.0\","
          + " \"l\": [\"A. A cat.\", \"B.  U.S. dog\"], \"b\": \"B\", \"t\": \" a dog\"}";

  private static String recipe(String choices) {
    return """
        name: choices
        modality: text
        source: {format: jsonl, files: [rows.jsonl]}
        choices: {%s}
        id: "x"
        questions: ["Which?\\n{_options}"]
        answer: "{_answer}"
        """
        .formatted(choices);
  }

  private static Exchange exchange(String choices) {
    return RecipeText.make(recipe(choices), ROW).samples().get(0).exchanges().get(0);
  }

  @Test
  void answers_to_choose_from_have_letters() {
    assertThat(exchange("of: c, right: \"{n}\""))
        .isEqualTo(new Exchange("Which?\n(A) a cat\n(B) a dog\n(C) 3", "B"));
  }

  @Test
  void the_right_one_is_answered_as_the_recipe_says() {
    assertThat(exchange("of: c, right: \"{n}\", as: text").answer()).isEqualTo("a dog");
    assertThat(exchange("of: c, right: \"{n}\", as: letter-and-text").answer())
        .isEqualTo("(B) a dog");
    assertThat(exchange("of: c, right: \"{f}\"").answer()).as("a number of pandas").isEqualTo("C");
    assertThat(exchange("of: c, right: \"0\"").answer()).isEqualTo("A");
  }

  @Test
  void answers_may_be_objects() {
    assertThat(exchange("of: o, text: t, right: \"{n}\""))
        .isEqualTo(new Exchange("Which?\n(A) x\n(B) y", "B"));
  }

  @Test
  void a_publisher_may_say_which_is_right_by_its_letter_or_its_text() {
    assertThat(exchange("of: c, right: \"{b}\", by: letter, as: text").answer()).isEqualTo("a dog");
    assertThat(exchange("of: c, right: \"{t}\", by: text").answer()).isEqualTo("B");
  }

  @Test
  void letters_that_choices_begin_with_are_taken_off_and_nothing_else() {
    assertThat(exchange("of: l, lettered: true, right: \"{b}\", by: letter"))
        .isEqualTo(new Exchange("Which?\n(A) A cat.\n(B) U.S. dog", "B"));
    String texts =
        recipe("of: l, lettered: true, right: \"{n}\"") + "facts: {all: \"{_choices|json}\"}";
    assertThat(RecipeText.make(texts, ROW).samples().get(0).facts())
        .isEqualTo(Map.of("all", "[\"A cat.\",\"U.S. dog\"]"));
  }

  @Test
  void answers_may_be_texts_that_no_field_lists() {
    assertThat(exchange("each: [\"{c.1}\", \"{o.0.t}!\"], right: \"{n}\""))
        .isEqualTo(new Exchange("Which?\n(A) a dog\n(B) x!", "B"));
    assertThatThrownBy(() -> RecipeText.read(recipe("each: [\"{c|no}\"], right: \"{n}\"")))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("\"no\" to be one of pad, add,");
    assertThatThrownBy(() -> RecipeText.read(recipe("of: c, each: [\"{n}\"], right: \"{n}\"")))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "choices.of is \"c\" (expected: a field with a list, or else texts under each)");
  }

  @Test
  void nobody_need_say_which_is_right() {
    String held = recipe("of: c").replace("{_answer}", "nobody knows");
    assertThat(RecipeText.make(held, ROW).samples().get(0).exchanges())
        .containsExactly(new Exchange("Which?\n(A) a cat\n(B) a dog\n(C) 3", "nobody knows"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "of: c, right: \"3\";says that choice \"3\" is right (expected: 0 to 2)",
        "of: c, right: \"-1\";says that choice \"-1\" is right (expected: 0 to 2)",
        "of: c, right: \"B\";says that choice \"B\" is right (expected: 0 to 2)",
        "of: c, right: \"1.5\";says that choice \"1.5\" is right (expected: 0 to 2)",
        "of: c, right: \"D\", by: letter;says that choice \"D\" is right (expected: A to C)",
        "of: c, right: \"b\", by: letter;says that choice \"b\" is right (expected: A to C)",
        "of: c, right: \"cat\", by: text;says that choice \"cat\" is right (expected: one of [a cat,"
            + " a dog, 3])",
        "of: c, lettered: true, right: \"1\";has the choice \"a cat\" (expected: one that begins with"
            + " \"A.\")",
        "of: c, right: \"{x}\";lacks the field \"x\"",
        "of: x, right: \"{n}\";lacks the field \"x\"",
        "of: o, right: \"{n}\";lacks the field \"o\"",
        "of: o, text: z, right: \"{n}\";lacks the field \"o\"",
        "of: n, right: \"{n}\";has a list that breaks off at character 1, near \"1\" (expected: the"
            + " end of a list)",
      })
  void a_row_without_the_right_answer_is_told(String choices, String problem) {
    assertThat(RecipeText.make(recipe(choices), ROW).problem()).isEqualTo(problem);
  }

  @Test
  void mistakes_are_told_with_their_line() {
    assertThatThrownBy(() -> RecipeText.read(recipe("of: c, right: \"{n|no}\", as: number")))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "recipe.yaml:4  choices.as is \"number\" (expected: letter, text or letter-and-text).");
    assertThatThrownBy(() -> RecipeText.read(recipe("of: \"\", right: \"{n}\"")))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining(
            "recipe.yaml:4  choices.of is \"\" (expected: a field with a list, or else texts under each)");
  }
}
