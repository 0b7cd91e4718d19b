package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadConfig;
import org.clapperboard.data.recipe.FieldText.BadRow;
import org.junit.jupiter.api.Test;

class RowRuleTest {
  private static final String REST =
      """
      name: rows
      modality: text
      source: {format: jsonl, files: [rows.jsonl]}
      id: "x"
      questions: ["x"]
      answer: "x"
      """;

  private static List<JsonNode> apply(String rule, String row) {
    return RecipeText.read(REST + rule)
        .rows()
        .apply(RecipeText.json(row), Map.of("folders", Map.of("7", "seven_1")));
  }

  /** The texts that a field has in the rows that come of one. */
  private static List<String> values(String rule, String row, String text) {
    return apply(rule, row).stream().map(one -> FieldText.of(text).fill(one, Map.of())).toList();
  }

  private static void refused(String rule, String row, String problem) {
    assertThatThrownBy(() -> apply(rule, row)).isInstanceOf(BadRow.class).hasMessage(problem);
  }

  @Test
  void a_row_without_rules_is_left_as_it_is() {
    assertThat(apply("", "{\"a\": 1}")).hasToString("[{\"a\":1}]");
    refused("", "[1]", "is no object");
  }

  @Test
  void a_list_written_as_a_text_becomes_one() {
    assertThat(values("lists: [a]", "{\"a\": \"['x', 'y']\"}", "{a.1}")).containsExactly("y");
    assertThat(values("lists: [a]", "{\"a\": [\"x\", \"y\"]}", "{a.1}")).containsExactly("y");
    refused("lists: [a]", "{\"b\": 1}", "lacks the field \"a\"");
    refused(
        "lists: [a]",
        "{\"a\": \"x\"}",
        "has a list that breaks off at character 0, near \"x\" (expected: a text in quotes or a"
            + " number)");
  }

  @Test
  void columns_are_gathered_into_a_list() {
    String rule = "gather: {all: [b, a]}";
    assertThat(values(rule, "{\"a\": 1, \"b\": \"x\"}", "{all|join}")).containsExactly("x, 1");
    refused(rule, "{\"b\": \"x\"}", "lacks the field \"a\"");
  }

  @Test
  void a_text_is_taken_apart_by_its_pattern() {
    String rule =
        "match: [{of: \"{path}\", pattern: \"(?<who>[a-z]+)_(?<from>\\\\d+)(?:_(?<to>\\\\d+))?$\"}]";
    assertThat(values(rule, "{\"path\": \"x/abc_1_2\"}", "{who} {from} {to}"))
        .containsExactly("abc 1 2");
    assertThat(values(rule, "{\"path\": \"x/abc_1\"}", "{who} {from} {to|or:none}"))
        .as("a group that is not there is no field")
        .containsExactly("abc 1 none");
    refused(
        rule,
        "{\"path\": \"abc\"}",
        "has \"abc\" (expected: a text like (?<who>[a-z]+)_(?<from>\\d+)(?:_(?<to>\\d+))?$)");
    refused(rule, "{}", "lacks the field \"path\"");
  }

  @Test
  void what_is_taken_apart_may_be_looked_up() {
    String rule =
        """
        lookups: {folders: {values: {"7": seven_1}}}
        match: [{of: "{id|folders}", pattern: "_(?<n>.*)"}]
        """;
    assertThat(values(rule, "{\"id\": 7}", "{n}")).containsExactly("1");
    refused(rule, "{\"id\": 8}", "has \"8\", which is not in the lookup \"folders\"");
  }

  @Test
  void lists_of_equal_length_become_rows_together() {
    String rule = "explode: [a, b]";
    String row = "{\"a\": [1, 2], \"b\": \"['x', 'y']\", \"c\": 3}";
    assertThat(values(rule, row, "{_index} {a} {b} {c}")).containsExactly("0 1 x 3", "1 2 y 3");
    refused(rule, "{\"a\": [1], \"b\": []}", "has 1 elements in \"a\" and 0 in \"b\"");
    refused(rule, "{\"a\": [1]}", "lacks the field \"b\"");
    assertThat(apply(rule, "{\"a\": [], \"b\": []}")).isEmpty();
  }

  @Test
  void lists_inside_lists_become_rows_of_their_own() {
    String rule = "explode: [q, q.c, q.c.d]";
    String row =
        "{\"q\": [{\"n\": 1, \"c\": [{\"d\": [5, 6]}, {\"d\": [7]}]}, {\"n\": 2, \"c\": [{\"d\": [8]}]}]}";
    assertThat(values(rule, row, "{q.n} {_index}{_index_2}{_index_3} {q.c.d}"))
        .containsExactly("1 000 5", "1 001 6", "1 010 7", "2 100 8");
  }

  @Test
  void a_list_may_lie_inside_an_object() {
    assertThat(values("explode: [a.b]", "{\"a\": {\"b\": [1, 2], \"c\": 3}}", "{a.b} {a.c}"))
        .containsExactly("1 3", "2 3");
  }

  @Test
  void rows_stay_apart_although_they_share_what_they_do_not_explode() {
    JsonNode given = RecipeText.json("{\"a\": {\"b\": [1, 2]}}");
    List<JsonNode> rows = RecipeText.read(REST + "explode: [a.b]").rows().apply(given, Map.of());
    assertThat(rows.get(0)).hasToString("{\"a\":{\"b\":1},\"_index\":0}");
    assertThat(given).as("what was given").hasToString("{\"a\":{\"b\":[1,2]}}");
  }

  @Test
  void rows_with_other_values_are_left_out() {
    String rule = "where: {split: [train, val], n: 0}";
    assertThat(apply(rule, "{\"split\": \"train\", \"n\": 0}")).hasSize(1);
    assertThat(apply(rule, "{\"split\": \"val\", \"n\": \"0\"}")).hasSize(1);
    assertThat(apply(rule, "{\"split\": \"test\", \"n\": 0}")).isEmpty();
    assertThat(apply(rule, "{\"split\": \"val\", \"n\": 1}")).isEmpty();
    refused(rule, "{\"n\": 0}", "lacks the field \"split\"");
  }

  @Test
  void rows_with_and_without_a_field_are_told_apart() {
    for (String empty : List.of("{}", "{\"i\": null}", "{\"i\": \" \"}", "{\"i\": []}")) {
      assertThat(apply("having: [i]", empty)).as(empty).isEmpty();
      assertThat(apply("lacking: [i]", empty)).as(empty).hasSize(1);
    }
    for (String full : List.of("{\"i\": \"x\"}", "{\"i\": 0}", "{\"i\": [1]}")) {
      assertThat(apply("having: [i]", full)).as(full).hasSize(1);
      assertThat(apply("lacking: [i]", full)).as(full).isEmpty();
    }
  }

  @Test
  void a_row_that_is_not_wanted_need_not_fit_the_other_rules() {
    String rule =
        """
        where: {kind: wanted}
        lists: [list]
        match: [{of: "{name}", pattern: "_(?<n>.)"}]
        explode: [list]
        """;
    assertThat(apply(rule, "{\"kind\": \"other\"}")).isEmpty();
    assertThat(apply("having: [list]\nexplode: [list]", "{}")).isEmpty();
  }

  @Test
  void what_an_outer_list_decides_is_decided_before_the_inner_one_is_looked_for() {
    String row =
        "{\"q\": [{\"kind\": \"a\"}, {\"kind\": \"b\", \"c\": [1, 2]}, {\"kind\": \"b\", \"c\": []}]}";
    assertThat(values("explode: [q, q.c]\nwhere: {q.kind: b}", row, "{q.c}"))
        .containsExactly("1", "2");
    assertThat(values("explode: [q, q.c]\nhaving: [q.c]", row, "{q.c}")).containsExactly("1", "2");
    refused("explode: [q, q.c]", row, "lacks the field \"q.c\"");
  }

  @Test
  void elements_places_and_parts_of_names_may_decide() {
    assertThat(values("explode: [a]\nwhere: {a: 2}", "{\"a\": [1, 2, 2]}", "{_index}"))
        .containsExactly("1", "2");
    assertThat(values("explode: [a]\nwhere: {_index: 0}", "{\"a\": [1, 2]}", "{a}"))
        .containsExactly("1");
    String match = "match: [{of: \"{f}\", pattern: \"(?<s>.)\"}]\nwhere: {s: x}";
    assertThat(apply(match, "{\"f\": \"xy\"}")).hasSize(1);
    assertThat(apply(match, "{\"f\": \"yx\"}")).isEmpty();
    assertThat(apply("gather: {g: [a]}\nwhere: {g.0: x}", "{\"a\": \"y\"}")).isEmpty();
  }

  @Test
  void mistakes_in_the_rules_are_told_with_their_line() {
    assertThatThrownBy(() -> apply("match: [{of: \"{a}\", pattern: \"(\"}]", "{}"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("recipe.yaml:7  match[0].pattern is \"(\"")
        .hasMessageContaining("(expected: a regular expression). Unclosed group");
    assertThatThrownBy(() -> apply("explode: [a, a.b, a.b.c, a.b.c.d]", "{}"))
        .isInstanceOf(BadConfig.class)
        .hasMessageContaining("recipe.yaml:7  explode is ")
        .hasMessageContaining("(expected: at most 3 lists inside each other)");
  }
}
