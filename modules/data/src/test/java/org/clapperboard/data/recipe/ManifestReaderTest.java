package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.data.recipe.ManifestSource.Format;
import org.junit.jupiter.api.Test;

class ManifestReaderTest {

  private static List<ManifestRow> read(
      Format format, String records, String text, String... columns) {
    return read(format, records, text.getBytes(StandardCharsets.UTF_8), columns);
  }

  private static List<ManifestRow> read(
      Format format, String records, byte[] bytes, String... columns) {
    ManifestSource source =
        new ManifestSource(format, List.of("x"), List.of(columns), records, ",");
    List<ManifestRow> rows = new ArrayList<>();
    try (ManifestReader reader = ManifestReader.of(source, new ByteArrayInputStream(bytes))) {
      reader.forEachRemaining(rows::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  @Test
  void a_table_has_the_line_on_which_each_row_starts() {
    List<ManifestRow> rows =
        read(Format.CSV, "", "id,name\n1,plain\n2,\"two\nlines, \"\"quoted\"\"\"\n3,last\n");
    assertThat(rows).extracting(ManifestRow::line).containsExactly(2L, 3L, 5L);
    assertThat(rows.get(1).fields().get("name").asText()).isEqualTo("two\nlines, \"quoted\"");
  }

  @Test
  void a_field_may_be_longer_than_any_buffer() {
    String huge = "x".repeat(3_000_000);
    List<ManifestRow> rows = read(Format.CSV, "", "id,name\n1," + huge + "\n2,small\n");
    assertThat(rows.get(0).fields().get("name").asText()).hasSize(3_000_000);
    assertThat(rows.get(1).fields().get("name").asText()).isEqualTo("small");
  }

  @Test
  void a_table_without_a_header_takes_its_columns_from_the_recipe() {
    List<ManifestRow> rows = read(Format.CSV, "", "a,1\nb,2\n", "id", "start");
    assertThat(rows).hasSize(2);
    assertThat(rows.get(1).fields().get("start").asText()).isEqualTo("2");
  }

  @Test
  void a_row_with_another_number_of_fields_is_told_and_the_next_one_read() {
    List<ManifestRow> rows = read(Format.TSV, "", "id\tname\n1\n2\ttwo\n");
    assertThat(rows.get(0).problem()).isEqualTo("has 1 fields (expected: 2)");
    assertThat(rows.get(1).fields().get("name").asText()).isEqualTo("two");
  }

  @Test
  void a_row_that_is_not_utf8_is_told() {
    byte[] bytes = "id,name\n1,x\n2,ok\n".getBytes(StandardCharsets.UTF_8);
    bytes[10] = (byte) 0xff;
    List<ManifestRow> rows = read(Format.CSV, "", bytes);
    assertThat(rows.get(0).problem()).isEqualTo("is not UTF-8");
    assertThat(rows.get(1).problem()).isNull();
  }

  @Test
  void a_list_may_lie_inside_a_document() {
    List<ManifestRow> rows =
        read(
            Format.JSON,
            "data",
            """
            {"num_captions_per_audio": 1, "extra": {"data": [7]},
             "data": [
               {"id": "1"},
               5,
               {"id": "2"}]}
            """);
    assertThat(rows).extracting(ManifestRow::line).containsExactly(3L, 4L, 5L);
    assertThat(rows.get(1).problem()).isEqualTo("is VALUE_NUMBER_INT (expected: an object)");
    assertThat(rows.get(2).fields().get("id").asText()).isEqualTo("2");
  }

  @Test
  void what_comes_before_a_syntax_error_is_kept() {
    List<ManifestRow> rows = read(Format.JSON, "", "[{\"id\":1},\n{\"id\":2},\n{\"id\":}]");
    assertThat(rows).hasSize(3);
    assertThat(rows.get(1).fields().get("id").asInt()).isEqualTo(2);
    assertThat(rows.get(2).line()).isEqualTo(3);
    assertThat(rows.get(2).problem()).startsWith("is not JSON: Unexpected character");
  }

  @Test
  void a_document_without_the_list_is_one_problem() {
    List<ManifestRow> rows = read(Format.JSON, "data", "{\"rows\": []}");
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).problem()).isEqualTo("is not a list of objects where one was expected");
  }

  @Test
  void a_broken_line_loses_no_other_line() {
    List<ManifestRow> rows = read(Format.JSONL, "", "{\"id\":1}\n\n{broken\n{\"id\":2}\n");
    assertThat(rows).extracting(ManifestRow::line).containsExactly(1L, 3L, 4L);
    assertThat(rows.get(1).problem()).startsWith("is not JSON: ");
    assertThat(rows.get(2).fields().get("id").asInt()).isEqualTo(2);
  }

  @Test
  void an_empty_table_has_no_rows() {
    assertThat(read(Format.CSV, "", "")).isEmpty();
  }

  @Test
  void nothing_in_a_table_is_taken_for_a_comment_or_trimmed() {
    List<ManifestRow> rows = read(Format.CSV, "", "id,name\n#1, a \n\"#2\",\" b\"\n");
    assertThat(rows).extracting(row -> row.fields().get("id").asText()).containsExactly("#1", "#2");
    assertThat(rows)
        .extracting(row -> row.fields().get("name").asText())
        .containsExactly(" a ", " b");
  }

  @Test
  void empty_lines_are_no_rows_but_are_counted() {
    for (Format format : List.of(Format.CSV, Format.TSV)) {
      String tab = format == Format.CSV ? "," : "\t";
      List<ManifestRow> rows = read(format, "", "id,name\n\n1,a\n\n\n2,b\n\n".replace(",", tab));
      assertThat(rows).extracting(ManifestRow::line).containsExactly(3L, 6L);
      assertThat(rows).extracting(ManifestRow::problem).containsOnlyNulls();
      assertThat(rows.get(1).fields().get("_row").asInt()).isEqualTo(1);
    }
  }

  @Test
  void a_column_of_its_own_keeps_its_empty_lines() {
    List<ManifestRow> rows = read(Format.TSV, "", "a\n\nc, d\n", "label");
    assertThat(rows)
        .extracting(row -> row.fields().get("label").asText())
        .containsExactly("a", "", "c, d");
    assertThat(rows.get(2).fields().get("_row").asInt()).isEqualTo(2);
  }

  @Test
  void a_table_may_be_separated_by_another_character() {
    ManifestSource source =
        new ManifestSource(Format.CSV, List.of("x"), List.of("path", "label"), "", " ");
    byte[] text = "\"a b.mp4\" 3\nc,d.mp4 4\n".getBytes(StandardCharsets.UTF_8);
    try (ManifestReader reader = ManifestReader.of(source, new ByteArrayInputStream(text))) {
      assertThat(reader.next().fields().get("path").asText()).isEqualTo("a b.mp4");
      assertThat(reader.next().fields().get("path").asText()).isEqualTo("c,d.mp4");
      assertThat(reader.hasNext()).isFalse();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void entries_of_an_object_are_rows_with_their_names() {
    List<ManifestRow> rows =
        read(
            Format.JSON_MAP,
            "",
            """
            {"a": {"n": 1},
             "b": "text",
             "c": [2]}
            """);
    assertThat(rows).extracting(ManifestRow::line).containsExactly(1L, 2L, 3L);
    assertThat(rows)
        .extracting(row -> row.fields().toString())
        .containsExactly(
            "{\"n\":1,\"_key\":\"a\",\"_row\":0}",
            "{\"_value\":\"text\",\"_key\":\"b\",\"_row\":1}",
            "{\"_value\":[2],\"_key\":\"c\",\"_row\":2}");
  }

  @Test
  void an_object_of_rows_may_lie_inside_a_document() {
    List<ManifestRow> rows =
        read(Format.JSON_MAP, "x.y", "{\"w\": {}, \"x\": {\"v\": [1], \"y\": {\"a\": {}}}}");
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).fields().get("_key").asText()).isEqualTo("a");
    assertThat(read(Format.JSON_MAP, "", "[1]").get(0).problem())
        .isEqualTo("is not an object of rows where one was expected");
  }

  @Test
  void an_entry_that_breaks_off_ends_the_rows_and_is_told() {
    List<ManifestRow> rows = read(Format.JSON_MAP, "", "{\"a\": {\"n\": 1},\n\"b\": {\"n\":");
    assertThat(rows).hasSize(2);
    assertThat(rows.get(1).line()).isEqualTo(2);
    assertThat(rows.get(1).problem()).startsWith("is not JSON: Unexpected end-of-input");
  }

  @Test
  void a_document_may_be_one_row() {
    List<ManifestRow> rows =
        read(Format.JSON_OBJECT, "", "\n{\"image\": \"1.jpg\",\n\"n\": {\"m\": 2}}\n");
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).fields())
        .hasToString("{\"image\":\"1.jpg\",\"n\":{\"m\":2},\"_row\":0}");
    assertThat(read(Format.JSON_OBJECT, "", "[1]").get(0).problem())
        .isEqualTo("is ARRAY (expected: an object)");
    ManifestRow broken = read(Format.JSON_OBJECT, "", "{\"a\": 1,\n b}").get(0);
    assertThat(broken.line()).isEqualTo(2);
    assertThat(broken.problem()).startsWith("is not JSON: ");
  }

  @Test
  void a_list_that_is_not_where_it_should_be_is_not_read_from_elsewhere() {
    String expected = "is not a list of objects where one was expected";
    for (String text :
        List.of("[{\"id\": 1}]", "{\"data\": {}}", "{\"x\": {\"data\": []}}", "7", "{}")) {
      List<ManifestRow> rows = read(Format.JSON, "data", text);
      assertThat(rows).as(text).hasSize(1);
      assertThat(rows.get(0).problem()).as(text).isEqualTo(expected);
    }
    assertThat(read(Format.JSON, "", "").get(0).problem()).isEqualTo(expected);
  }

  @Test
  void a_document_that_breaks_off_before_its_rows_is_told_with_its_line() {
    List<ManifestRow> rows = read(Format.JSON, "data", "{\"info\": [1,\n2,\n\"data\": []}");
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).line()).isEqualTo(3);
    assertThat(rows.get(0).problem()).startsWith("is not JSON: ");
  }

  @Test
  void a_document_that_is_not_utf8_is_told() {
    byte[] bytes = "[{\"id\": \"a\"},\n{\"id\": \"x\"}]".getBytes(StandardCharsets.UTF_8);
    bytes[bytes.length - 4] = (byte) 0xff;
    List<ManifestRow> rows = read(Format.JSON, "", bytes);
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).fields().get("id").asText()).isEqualTo("a");
    assertThat(rows.get(1).line()).isEqualTo(2);
    assertThat(rows.get(1).problem()).startsWith("is not JSON: Invalid UTF-8");
  }
}
