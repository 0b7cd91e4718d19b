package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.clapperboard.data.recipe.FieldText.BadRow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonListTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "[]|[]",
        "['a', \"it's\"]|[\"a\",\"it's\"]",
        "['a\\'b', 'c\"d']|[\"a'b\",\"c\\\"d\"]",
        "[['0:00:01.000', '0:00:02.500'], ['0:01:00', '0:01:01']]|"
            + "[[\"0:00:01.000\",\"0:00:02.500\"],[\"0:01:00\",\"0:01:01\"]]",
        "[0.43, 1e-3, -2]|[0.43,0.001,-2.0]",
        "[True, False, None]|[true,false,null]",
        "(1, 2,)|[1.0,2.0]",
        "['\\u00e9\\x41\\n']|[\"éA\\n\"]",
        "['\\d']|[\"\\\\d\"]",
        " [ 'a' , 'b' ] |[\"a\",\"b\"]"
      })
  void lists_are_read_as_python_writes_them(String text, String json) {
    assertThat(PythonList.parse(text)).hasToString(json);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "['a'", "['a' 'b']", "[a]", "'a'", "[1] 2", "['a]", "[1,,2]", "['\\u12']"})
  void what_is_no_list_is_told(String text) {
    assertThatThrownBy(() -> PythonList.parse(text))
        .isInstanceOf(BadRow.class)
        .hasMessageStartingWith("has a list that breaks off at character ");
  }
}
