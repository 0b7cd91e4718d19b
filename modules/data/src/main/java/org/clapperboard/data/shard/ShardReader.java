package org.clapperboard.data.shard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.clapperboard.config.BadData;

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
    this.file = file;
    try {
      this.reader = ParquetFileReader.open(HadoopInputFile.fromPath(file, configuration));
    } catch (IOException | RuntimeException e) {
      throw new BadData("Cannot read shard " + file + ": " + e.getMessage(), e);
    }
    String version = reader.getFileMetaData().getKeyValueMetaData().get("clapperboard.schema");
    if (!ShardSchema.VERSION.equals(version)) {
      close();
      throw new BadData(
          "Cannot read shard "
              + file
              + ": its schema version is "
              + version
              + " (expected: "
              + ShardSchema.VERSION
              + "). Prepare the dataset again.");
    }
  }

  /** Rows of each row group. */
  public List<Long> rowCounts() {
    return reader.getRowGroups().stream().map(BlockMetaData::getRowCount).toList();
  }

  /** All samples of a row group. */
  public List<StoredSample> rowGroup(int index) {
    try {
      PageReadStore pages = reader.readRowGroup(index);
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(ShardSchema.TYPE);
      RecordReader<Group> rows =
          columns.getRecordReader(pages, new GroupRecordConverter(ShardSchema.TYPE));
      List<StoredSample> samples = new ArrayList<>();
      for (long row = 0; row < pages.getRowCount(); row++) {
        samples.add(ShardSchema.fromGroup(rows.read()));
      }
      return samples;
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
