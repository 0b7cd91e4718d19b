package org.clapperboard.data.features;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.clapperboard.config.BadData;
import org.clapperboard.data.storage.ParquetReading;
import org.clapperboard.data.storage.ReadBuffers;

/** Reads the features of single samples of a shard. One thread at a time. */
public final class FeatureReader implements AutoCloseable {
  private final Path file;
  private final ParquetFileReader reader;

  /**
   * Opens a file.
   *
   * @throws BadData if it cannot be read, or was not finished
   */
  public FeatureReader(Path file, Configuration configuration) {
    this(file, configuration, new ReadBuffers());
  }

  /** Opens a file that is read into memory which it shares with other readers. */
  FeatureReader(Path file, Configuration configuration, ReadBuffers buffers) {
    this.file = file;
    try {
      this.reader = ParquetReading.open(file, configuration, buffers);
    } catch (IOException | RuntimeException e) {
      throw new BadData("Cannot read features " + file + ": " + e.getMessage(), e);
    }
  }

  /** Hash of the samples that they were made of, or null if it says none. */
  public String content() {
    return reader.getFileMetaData().getKeyValueMetaData().get(FeatureSchema.CONTENT);
  }

  /** How many samples it has. */
  public int samples() {
    return reader.getRowGroups().size();
  }

  /**
   * The features of a sample.
   *
   * @param row its place in the shard
   * @param sampleId its name
   * @param allocate gives memory for so many floats
   * @throws BadData if they cannot be read, or another sample stands there
   */
  public FloatBuffer read(int row, String sampleId, IntFunction<FloatBuffer> allocate) {
    try (PageReadStore pages = reader.readRowGroup(row)) {
      Group group =
          new ColumnIOFactory()
              .getColumnIO(FeatureSchema.TYPE)
              .getRecordReader(pages, new GroupRecordConverter(FeatureSchema.TYPE))
              .read();
      String found = group.getString(FeatureSchema.SAMPLE, 0);
      if (!found.equals(sampleId)) {
        throw new IOException("it is of " + found + " (expected: " + sampleId + ")");
      }
      FloatBuffer stored =
          group
              .getBinary(FeatureSchema.FEATURES, 0)
              .toByteBuffer()
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer();
      return allocate.apply(stored.remaining()).put(stored).flip();
    } catch (IOException | RuntimeException e) {
      throw new BadData(
          "Cannot read row " + row + " of features " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new BadData("Cannot close features " + file + ": " + e.getMessage(), e);
    }
  }
}
