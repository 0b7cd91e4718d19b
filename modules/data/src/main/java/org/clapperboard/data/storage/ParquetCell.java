package org.clapperboard.data.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.clapperboard.media.MediaSource;

/**
 * A media file that stands in a cell of a Parquet table: {@code
 * table.parquet#row=17&column=image.bytes}.
 */
public final class ParquetCell {
  private static final Pattern LOCATION = Pattern.compile("(.+)#row=(\\d+)&column=(.+)");

  private ParquetCell() {}

  /** The location of a cell. */
  public static String location(String file, long row, String column) {
    return file + "#row=" + row + "&column=" + column;
  }

  /** Whether a location is that of a cell. */
  public static boolean is(String location) {
    return LOCATION.matcher(location).matches();
  }

  /** The table that a cell stands in. */
  static String table(String location) {
    Matcher cell = LOCATION.matcher(location);
    return cell.matches() ? cell.group(1) : location;
  }

  /** Opens a cell. Its row group's column is read at once. */
  public static MediaSource open(String location, Configuration hadoop) {
    Matcher cell = LOCATION.matcher(location);
    if (!cell.matches()) {
      throw new IllegalArgumentException(location + " is no cell of a table");
    }
    try {
      byte[] bytes =
          read(
              new Path(cell.group(1)),
              Long.parseLong(cell.group(2)),
              cell.group(3).split("\\."),
              hadoop);
      return MediaSource.of(location, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file, long row, String[] column, Configuration hadoop)
      throws IOException {
    try (ParquetFileReader reader = ParquetReading.open(file, hadoop)) {
      MessageType whole = reader.getFileMetaData().getSchema();
      MessageType schema = new MessageType(whole.getName(), whole.getType(column[0]));
      reader.setRequestedSchema(schema);
      long before = row;
      for (BlockMetaData group : reader.getRowGroups()) {
        if (before < group.getRowCount()) {
          return bytes(record(reader.readNextRowGroup(), schema, before), column);
        }
        before -= group.getRowCount();
        reader.skipNextRowGroup();
      }
    }
    throw new FileNotFoundException(file + " has no row " + row);
  }

  private static Group record(PageReadStore pages, MessageType schema, long place) {
    RecordReader<Group> records =
        new ColumnIOFactory()
            .getColumnIO(schema)
            .getRecordReader(pages, new GroupRecordConverter(schema));
    for (long i = 0; i < place; i++) {
      records.read();
    }
    return records.read();
  }

  private static byte[] bytes(Group row, String[] column) {
    Group group = row;
    for (int i = 0; i + 1 < column.length; i++) {
      group = group.getGroup(column[i], 0);
    }
    return group.getBinary(column[column.length - 1], 0).getBytes();
  }
}
