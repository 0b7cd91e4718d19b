package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FieldTextTest {

  private static JsonNode row() throws Exception {
    return new ObjectMapper()
        .readTree("{\"id\": 7, \"name\": \"a$1\", \"parts\": [{\"end\": 2.5}], \"none\": null}");
  }

  private static String fill(String text) throws Exception {
    return FieldText.of(text).fill(row(), Map.of("names", Map.of("7", "seven")));
  }

  @Test
  void fields_stand_where_their_braces_stood() throws Exception {
    assertThat(fill("clips/{id}.mp4")).isEqualTo("clips/7.mp4");
    assertThat(fill("{name} {name}")).isEqualTo("a$1 a$1");
    assertThat(fill("{parts.0.end}")).isEqualTo("2.5");
    assertThat(fill("nothing")).isEqualTo("nothing");
  }

  @Test
  void a_field_that_is_not_there_or_no_value_is_told() throws Exception {
    for (String field : new String[] {"x", "none", "parts", "parts.1.end", "parts.end", "id.x"}) {
      assertThatThrownBy(() -> fill("a {" + field + "}"))
          .isInstanceOf(FieldText.BadRow.class)
          .hasMessage("lacks the field \"" + field + "\"");
    }
  }

  @Test
  void a_name_after_a_bar_is_a_filter_or_a_lookup() throws Exception {
    assertThat(fill("{id|names}")).isEqualTo("seven");
    assertThat(fill("{id|pad:2} {id|names|words}")).isEqualTo("07 seven");
    assertThat(FieldText.of("{id|names|lower|others}").lookups())
        .containsExactly("names", "others");
    assertThatThrownBy(() -> fill("{name|names}"))
        .isInstanceOf(FieldText.BadRow.class)
        .hasMessage("has \"a$1\", which is not in the lookup \"names\"");
    assertThatThrownBy(() -> fill("{none|names}"))
        .isInstanceOf(FieldText.BadRow.class)
        .hasMessage("lacks the field \"none\"");
  }

  @Test
  void a_field_whose_name_holds_dots_is_found() throws Exception {
    JsonNode row = new ObjectMapper().readTree("{\"a.b\": 1, \"a\": {\"b\": 2, \"c\": 3}}");
    assertThat(FieldText.of("{a.b} {a.c}").fill(row, Map.of())).isEqualTo("1 3");
  }
}
