package org.clapperboard.data.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.clapperboard.data.storage.ParquetCell;
import org.clapperboard.data.storage.ParquetReading;

/**
 * Rows of a Parquet file. Bytes that are no text, such as an embedded picture, are not carried
 * along: the field tells where they are, and can stand as a media file.
 */
final class ParquetRows implements ManifestReader.Rows, Closeable {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Path file;
  private final ParquetReader<Group> reader;
  private long row;

  ParquetRows(Path file, Configuration hadoop) throws IOException {
    this.file = file;
    // That it is there and is Parquet is found out here, not at the first row.
    HadoopInputFile.fromPath(file, hadoop);
    this.reader =
        ParquetReader.builder(new GroupReadSupport(), file)
            .withConf(ParquetReading.patient(hadoop))
            .build();
  }

  @Override
  public ManifestRow read() throws IOException {
    Group group = reader.read();
    if (group == null) {
      return null;
    }
    ManifestRow read = new ManifestRow(row + 1, object(group, ""), null);
    row++;
    return read;
  }

  private ObjectNode object(Group group, String path) {
    ObjectNode object = NODES.objectNode();
    GroupType type = group.getType();
    for (int field = 0; field < type.getFieldCount(); field++) {
      String name = type.getFieldName(field);
      if (type.getType(field).isRepetition(Type.Repetition.REPEATED)) {
        object.set(name, repeated(group, field, path + name));
      } else if (group.getFieldRepetitionCount(field) > 0) {
        object.set(name, value(group, field, 0, path + name));
      }
    }
    return object;
  }

  private JsonNode value(Group group, int field, int index, String path) {
    Type type = group.getType().getType(field);
    if (!type.isPrimitive()) {
      Group inner = group.getGroup(field, index);
      boolean list =
          type.getLogicalTypeAnnotation()
              instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation;
      return list ? repeated(inner, 0, path) : object(inner, path + ".");
    }
    PrimitiveTypeName kind = type.asPrimitiveType().getPrimitiveTypeName();
    return switch (kind) {
      case BOOLEAN -> NODES.booleanNode(group.getBoolean(field, index));
      case INT32 -> NODES.numberNode(group.getInteger(field, index));
      case INT64 -> NODES.numberNode(group.getLong(field, index));
      case FLOAT -> NODES.numberNode(group.getFloat(field, index));
      case DOUBLE -> NODES.numberNode(group.getDouble(field, index));
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> bytes(type, group.getBinary(field, index), path);
    };
  }

  private JsonNode bytes(Type type, Binary value, String path) {
    boolean text = type.getLogicalTypeAnnotation() != null;
    return NODES.textNode(
        text ? value.toStringUsingUTF8() : ParquetCell.location(file.toString(), row, path));
  }

  /** The elements of a list; its middle level (list.element) is not told. */
  private ArrayNode repeated(Group group, int field, String path) {
    ArrayNode list = NODES.arrayNode();
    Type type = group.getType().getType(field);
    boolean wrapped =
        !type.isPrimitive()
            && type.asGroupType().getFieldCount() == 1
            && group.getType().getLogicalTypeAnnotation()
                instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation;
    for (int i = 0; i < group.getFieldRepetitionCount(field); i++) {
      if (!wrapped) {
        list.add(value(group, field, i, path));
      } else {
        Group element = group.getGroup(field, i);
        list.add(
            element.getFieldRepetitionCount(0) == 0
                ? NODES.nullNode()
                : value(element, 0, 0, path));
      }
    }
    return list;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
