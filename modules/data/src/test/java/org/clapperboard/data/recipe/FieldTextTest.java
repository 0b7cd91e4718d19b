package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class FieldTextTest {

  private static JsonNode row() throws Exception {
    return new ObjectMapper()
        .readTree("{\"id\": 7, \"name\": \"a$1\", \"parts\": [{\"end\": 2.5}], \"none\": null}");
  }

  @Test
  void fields_stand_where_their_braces_stood() throws Exception {
    assertThat(FieldText.fill("clips/{id}.mp4", row())).isEqualTo("clips/7.mp4");
    assertThat(FieldText.fill("{name} {name}", row())).isEqualTo("a$1 a$1");
    assertThat(FieldText.fill("{parts.0.end}", row())).isEqualTo("2.5");
    assertThat(FieldText.fill("nothing", row())).isEqualTo("nothing");
  }

  @Test
  void a_field_that_is_not_there_or_no_value_is_told() throws Exception {
    JsonNode row = row();
    for (String field : new String[] {"x", "none", "parts", "parts.1.end", "parts.end", "id.x"}) {
      assertThatThrownBy(() -> FieldText.fill("a {" + field + "}", row))
          .isInstanceOf(FieldText.BadRow.class)
          .hasMessage("lacks the field \"" + field + "\"");
    }
  }
}
