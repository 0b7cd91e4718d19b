package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.clapperboard.data.recipe.FieldText.BadRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterTest {
  private static final String ROW =
      """
      {"n": 42, "start": "7", "part": 1.5, "path": "a/b.c/d.e.mp4", "scene": "cafe/grocery_store",
       "big": "ÄB", "kind": ["Audio", "Counting"], "written": "['a', 'b']", "none": null,
       "blank": " ", "question": "Is the <Object> <LR> of the <Object>?", "values": ["a$1", "left", 3],
       "few": "['x']", "boxed": "[it] (is)", "object": {"x": 1}}
      """;

  private static String fill(String text) {
    return FieldText.of(text).fill(RecipeText.json(ROW), Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{n|pad:6};000042",
        "{start|pad:3};007",
        "{n|add:10};52",
        "{start|add:-0.5};6.5",
        "{part|add:10};11.5",
        "{part|pad:3};001",
        "{n|floor:10};40",
        "{n|floor:42};42",
        "{n|floor:1000|add:1000|pad:5};01000",
        "{n|add:-50|floor:10};-10",
        "{path|base};d.e.mp4",
        "{path|stem};a/b.c/d.e",
        "{path|base|stem|stem};d",
        "{n|base};42",
        "{n|stem};42",
        "{scene|words};cafe or grocery store",
        "{big|lower};äb",
        "{kind|join};Audio, Counting",
        "{kind|join: };Audio Counting",
        "{written|join:/};a/b",
        "{written|json};[\"a\",\"b\"]",
        "{values|json};[\"a$1\",\"left\",\"3\"]",
        "{missing|or:unknown};unknown",
        "{none|or:unknown};unknown",
        "{blank|or:unknown};unknown",
        "{n|or:unknown};42",
        "a{missing|or:}b;ab",
        "{question|fill:values};Is the a$1 left of the 3?",
        "{n|fill:values};42",
        "{boxed|drop:[]};it (is)",
        "{boxed|drop:[]()};it is",
      })
  void a_filter_changes_a_value_on_its_way_into_a_text(String text, String filled) {
    assertThat(fill(text)).isEqualTo(filled);
  }

  @Test
  void a_hash_is_the_first_digits_of_sha256() {
    // printf Is | sha256sum
    assertThat(FieldText.of("{q|hash}").fill(RecipeText.json("{\"q\": \"Is\"}"), Map.of()))
        .isEqualTo("f5985de1fd3a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{path|pad:6};has \"a/b.c/d.e.mp4\" in \"path\" (expected: a number)",
        "{blank|add:1};has \" \" in \"blank\" (expected: a number)",
        "{path|floor:10};has \"a/b.c/d.e.mp4\" in \"path\" (expected: a number)",
        "{missing|pad:6};lacks the field \"missing\"",
        "{none|lower};lacks the field \"none\"",
        "{kind|words};lacks the field \"kind\"",
        "{n|json};has a list that breaks off at character 2, near \"42\" (expected: the end of a list)",
        "{object|join};lacks the field \"object\"",
        "{object|or:x};lacks the field \"object\"",
        "{question|fill:few};has more places in \"question\" than values in \"few\"",
        "{question|fill:absent};lacks the field \"absent\"",
        "{n|join};has a list that breaks off at character 2, near \"42\" (expected: the end of a list)",
      })
  void a_value_that_a_filter_cannot_take_is_told(String text, String problem) {
    assertThatThrownBy(() -> fill(text)).isInstanceOf(BadRow.class).hasMessage(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{n|pad};pad needs a width, such as pad:6",
        "{n|pad:x};pad needs a width, such as pad:6",
        "{n|add:ten};add needs a number, such as add:10",
        "{n|floor:0};floor needs a number, such as floor:1000",
        "{n|drop};drop needs characters, such as drop:[]",
        "{n|fill};fill needs the field of its values, such as fill:values",
      })
  void an_argument_that_a_filter_cannot_take_is_told(String text, String problem) {
    assertThat(FieldText.of(text).problems()).containsExactly(problem);
  }

  @ParameterizedTest
  @CsvSource({"{n|pad:6}", "{n|add:-1.5}", "{n|or:}", "{n|join}", "{n|base|stem|words|lower|hash}"})
  void an_argument_that_a_filter_can_take_is_no_problem(String text) {
    assertThat(FieldText.of(text).problems()).isEmpty();
    assertThat(FieldText.of(text).lookups()).isEmpty();
  }
}
