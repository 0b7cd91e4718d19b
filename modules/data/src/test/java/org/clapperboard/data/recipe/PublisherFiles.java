package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;

/**
 * Files as publishers write them, out of texts: {@code {not UTF-8}} stands for a byte that is none,
 * {@code x.parquet.schema} and {@code x.parquet.rows} (JSON, a row per line) for a Parquet file.
 */
public final class PublisherFiles {
  private static final byte[] MARK = "{not UTF-8}".getBytes(StandardCharsets.UTF_8);
  private static final String BASE_64 = "base64:";
  private static final ObjectMapper JSON = new ObjectMapper();

  private PublisherFiles() {}

  /** Copies a folder, with all in it. */
  public static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        copy(file, to.resolve(from.relativize(file).toString()), file.getFileName().toString());
      }
    }
  }

  private static void copy(Path file, Path to, String name) throws IOException {
    Files.createDirectories(to.getParent());
    if (name.endsWith(".rows")) {
      MessageType schema =
          MessageTypeParser.parseMessageType(
              Files.readString(Path.of(file.toString().replace(".rows", ".schema"))));
      parquet(
          Path.of(to.toString().replace(".rows", "")), schema, 1 << 20, Files.readAllLines(file));
    } else if (!name.endsWith(".schema")) {
      Files.write(to, unmarked(Files.readAllBytes(file)));
    }
  }

  private static byte[] unmarked(byte[] text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length; i++) {
      int end = Math.min(i + MARK.length, text.length);
      if (Arrays.equals(text, i, end, MARK, 0, MARK.length)) {
        bytes.write(0xff);
        i = end - 1;
      } else {
        bytes.write(text[i]);
      }
    }
    return bytes.toByteArray();
  }

  /** Writes a Parquet file of rows that are JSON objects; bytes may stand there in base 64. */
  public static void parquet(Path file, MessageType schema, long rowGroupBytes, List<String> rows)
      throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toString()))
            .withType(schema)
            .withConf(new Configuration())
            .withRowGroupSize(rowGroupBytes)
            .withMinRowCountForPageSizeCheck(1)
            .withMaxRowCountForPageSizeCheck(1)
            .build()) {
      for (String row : rows) {
        writer.write(group(schema, JSON.readTree(row)));
      }
    }
  }

  private static Group group(GroupType schema, JsonNode row) {
    Group group = new SimpleGroup(schema);
    for (Map.Entry<String, JsonNode> field : row.properties()) {
      add(group, schema.getType(field.getKey()), field.getValue());
    }
    return group;
  }

  private static void add(Group group, Type type, JsonNode value) {
    if (type.getLogicalTypeAnnotation()
        instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation) {
      Group list = group.addGroup(type.getName());
      GroupType wrapper = type.asGroupType().getType(0).asGroupType();
      for (JsonNode element : value) {
        Group wrapped = list.addGroup(wrapper.getName());
        if (!element.isNull()) {
          add(wrapped, wrapper.getType(0), element);
        }
      }
    } else if (value.isArray()) {
      value.forEach(element -> add(group, type, element));
    } else if (!type.isPrimitive()) {
      group.add(type.getName(), group(type.asGroupType(), value));
    } else {
      switch (type.asPrimitiveType().getPrimitiveTypeName()) {
        case BOOLEAN -> group.add(type.getName(), value.asBoolean());
        case INT32 -> group.add(type.getName(), value.asInt());
        case INT64 -> group.add(type.getName(), value.asLong());
        case FLOAT -> group.add(type.getName(), (float) value.asDouble());
        case DOUBLE -> group.add(type.getName(), value.asDouble());
        default -> group.add(type.getName(), binary(value.asText()));
      }
    }
  }

  private static Binary binary(String text) {
    return text.startsWith(BASE_64)
        ? Binary.fromConstantByteArray(Base64.getDecoder().decode(text.substring(BASE_64.length())))
        : Binary.fromString(text);
  }
}
