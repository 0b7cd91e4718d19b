package org.clapperboard.data.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.recipe.ManifestSource.Format;
import org.clapperboard.data.storage.MediaFiles;
import org.clapperboard.data.storage.ParquetCell;
import org.clapperboard.media.MediaSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetRowsTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir private Path folder;

  private List<ManifestRow> read(Path file) throws IOException {
    ManifestSource source = new ManifestSource(Format.PARQUET, List.of("x"), List.of(), "", ",");
    List<ManifestRow> rows = new ArrayList<>();
    try (ManifestReader reader =
        ManifestReader.open(source, new org.apache.hadoop.fs.Path(file.toString()), HADOOP)) {
      reader.forEachRemaining(rows::add);
    }
    return rows;
  }

  private List<ManifestRow> read(String schema, String... rows) throws IOException {
    Path file = folder.resolve("table.parquet");
    PublisherFiles.parquet(
        file,
        MessageTypeParser.parseMessageType("message rows {" + schema + "}"),
        1 << 20,
        List.of(rows));
    return read(file);
  }

  private JsonNode first(String schema, String row) throws IOException {
    return read(schema, row).get(0).fields();
  }

  @Test
  void values_keep_their_types() throws IOException {
    assertThat(
            first(
                "optional boolean b; optional int32 i; optional int64 l; optional float f;"
                    + " optional double d; optional binary s (STRING); optional int32 none;",
                "{\"b\": true, \"i\": 7, \"l\": 5000000000, \"f\": 0.5, \"d\": 0.25, \"s\": \"é\"}"))
        .hasToString(
            "{\"b\":true,\"i\":7,\"l\":5000000000,\"f\":0.5,\"d\":0.25,\"s\":\"é\",\"_row\":0}");
  }

  @Test
  void objects_lie_inside_each_other() throws IOException {
    JsonNode row =
        first(
            "optional group a { optional group b { optional int32 c; } optional int32 d; }",
            "{\"a\": {\"b\": {\"c\": 1}, \"d\": 2}}");
    assertThat(FieldText.at(row, "a.b.c").asInt()).isEqualTo(1);
    assertThat(FieldText.at(row, "a.d").asInt()).isEqualTo(2);
  }

  @Test
  void lists_are_told_without_their_middle_levels() throws IOException {
    String list =
        "optional group t (LIST) { repeated group list { optional binary element (STRING); } }"
            + "optional group o (LIST) { repeated group list { optional group element {"
            + " optional int32 x; optional int32 y; } } }"
            + "optional group one (LIST) { repeated group list { optional group element {"
            + " optional int32 x; } } }"
            + "repeated int32 old;";
    JsonNode row =
        first(
            list,
            "{\"t\": [\"a\", null, \"b\"], \"o\": [{\"x\": 1, \"y\": 2}, {\"y\": 3}], \"one\": [{\"x\": 5}],"
                + " \"old\": [8, 9]}");
    assertThat(row.get("t")).hasToString("[\"a\",null,\"b\"]");
    assertThat(row.get("o")).hasToString("[{\"x\":1,\"y\":2},{\"y\":3}]");
    assertThat(row.get("one")).hasToString("[{\"x\":5}]");
    assertThat(row.get("old")).hasToString("[8,9]");
  }

  @Test
  void rows_are_numbered_as_lines_are() throws IOException {
    List<ManifestRow> rows = read("required int32 i;", "{\"i\": 5}", "{\"i\": 6}");
    assertThat(rows).extracting(ManifestRow::line).containsExactly(1L, 2L);
    assertThat(rows.get(1).fields()).hasToString("{\"i\":6,\"_row\":1}");
  }

  @Test
  void embedded_files_are_left_in_place_and_read_back_from_there() throws IOException {
    Path file = folder.resolve("pictures.parquet");
    List<String> pictures =
        IntStream.range(0, 40)
            .mapToObj(i -> "picture %d %s".formatted(i, "x".repeat(i * 50)))
            .toList();
    PublisherFiles.parquet(
        file,
        MessageTypeParser.parseMessageType(
            "message rows { required int32 n; optional group image { optional binary bytes;"
                + " optional binary path (STRING); } }"),
        4096,
        pictures.stream()
            .map(
                text ->
                    "{\"n\": 1, \"image\": {\"bytes\": \"%s\", \"path\": \"p\"}}".formatted(text))
            .toList());
    assertThat(rowGroups(file)).as("several row groups").isGreaterThan(3);
    List<ManifestRow> rows = read(file);
    for (int i = 0; i < pictures.size(); i++) {
      String location = FieldText.at(rows.get(i).fields(), "image.bytes").asText();
      assertThat(location).endsWith("/pictures.parquet#row=" + i + "&column=image.bytes");
      assertThat(ParquetCell.is(location)).isTrue();
      assertThat(MediaFiles.exists(location, HADOOP)).isTrue();
      assertThat(bytes(location)).isEqualTo(pictures.get(i));
    }
  }

  private static int rowGroups(Path file) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toString()), HADOOP))) {
      return reader.getRowGroups().size();
    }
  }

  private static String bytes(String location) {
    try (MediaSource source = MediaFiles.open(location, HADOOP)) {
      byte[] bytes = new byte[(int) source.size()];
      assertThat(source.read(0, bytes, 0, bytes.length)).isEqualTo(bytes.length);
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @Test
  void a_row_that_is_not_there_is_told() throws IOException {
    read("optional binary bytes;", "{\"bytes\": \"x\"}");
    String location = ParquetCell.location(folder.resolve("table.parquet").toString(), 1, "bytes");
    assertThatThrownBy(() -> ParquetCell.open(location, HADOOP))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("table.parquet has no row 1");
  }

  @Test
  void a_file_that_is_not_there_is_told_when_it_is_opened() {
    assertThatThrownBy(() -> read(folder.resolve("none.parquet")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.parquet");
  }
}
