package org.clapperboard.data.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.clapperboard.config.BadData;
import org.clapperboard.data.Exchange;
import org.clapperboard.data.storage.ParquetReading;
import org.clapperboard.data.storage.ReadBuffers;

/** Reads row groups of one shard. */
public final class ShardReader implements AutoCloseable {
  private final Path file;
  private final ParquetFileReader reader;

  /**
   * Opens a shard.
   *
   * @throws BadData if it cannot be read or has another schema version
   */
  public ShardReader(Path file, Configuration configuration) {
    this(file, configuration, new ReadBuffers());
  }

  /** Opens a shard whose row groups are read into memory that it shares with other readers. */
  ShardReader(Path file, Configuration configuration, ReadBuffers buffers) {
    this.file = file;
    try {
      this.reader = ParquetReading.open(file, configuration, buffers);
    } catch (IOException | RuntimeException e) {
      throw new BadData("Cannot read shard " + file + ": " + e.getMessage(), e);
    }
    String version = ShardFooter.schema(metadata());
    if (!PreparedDataset.SCHEMA.equals(version)) {
      close();
      throw new BadData("Cannot read shard " + file + ": " + PreparedDataset.otherSchema(version));
    }
  }

  private Map<String, String> metadata() {
    return reader.getFileMetaData().getKeyValueMetaData();
  }

  /** What the shard says of itself. */
  public ShardFooter footer() {
    return ShardFooter.of(metadata());
  }

  /** Rows of each row group. */
  public List<Long> rowCounts() {
    return reader.getRowGroups().stream().map(BlockMetaData::getRowCount).toList();
  }

  /**
   * Where a sample lies.
   *
   * @param sample its name
   * @param mediaKey names its medium and what was done with it; empty for text
   * @param rowGroup its row group
   * @param row its place in that
   */
  public record Name(String sample, String mediaKey, int rowGroup, int row) {}

  /** The names of all samples; their media are not read. */
  public List<Name> names() {
    MessageType columns =
        new MessageType(
            ShardSchema.TYPE.getName(),
            ShardSchema.TYPE.getType("sample_id"),
            ShardSchema.TYPE.getType("media_key"));
    List<Name> names = new ArrayList<>();
    for (int group = 0; group < reader.getRowGroups().size(); group++) {
      int inside = group;
      names.addAll(
          rows(
              columns,
              group,
              (place, row) ->
                  new Name(
                      row.getString("sample_id", 0),
                      row.getString("media_key", 0),
                      inside,
                      place)));
    }
    return names;
  }

  /** What is said of the samples of a row group; their media are not read. */
  public List<List<Exchange>> exchanges(int rowGroup) {
    MessageType columns =
        new MessageType(ShardSchema.TYPE.getName(), ShardSchema.TYPE.getType("exchanges"));
    return rows(
        columns, rowGroup, (place, row) -> ShardSchema.exchanges(row.getGroup("exchanges", 0)));
  }

  /** All samples of a row group. */
  public List<StoredSample> rowGroup(int index) {
    return rows(ShardSchema.TYPE, index, (place, row) -> ShardSchema.fromGroup(row));
  }

  private interface Use<T> {
    T of(int place, Group row);
  }

  private <T> List<T> rows(MessageType columns, int index, Use<T> use) {
    reader.setRequestedSchema(columns);
    try (PageReadStore pages = reader.readRowGroup(index)) {
      RecordReader<Group> rows =
          new ColumnIOFactory()
              .getColumnIO(columns)
              .getRecordReader(pages, new GroupRecordConverter(columns));
      List<T> read = new ArrayList<>();
      for (int place = 0; place < pages.getRowCount(); place++) {
        read.add(use.of(place, rows.read()));
      }
      return read;
    } catch (IOException | RuntimeException e) {
      throw new BadData(
          "Cannot read row group " + index + " of shard " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new BadData("Cannot close shard " + file + ": " + e.getMessage(), e);
    }
  }
}
