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
}
