package org.clapperboard.data.storage;

import java.io.IOException;
import java.util.Iterator;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;

/** Files of small rows, that Spark is not needed for. */
public final class ParquetTable {
  private ParquetTable() {}

  /**
   * Writes a file, or replaces it.
   *
   * @param fill puts a row into an empty group of the type
   */
  public static <T> void write(
      Path file,
      Configuration configuration,
      MessageType type,
      Iterator<T> rows,
      BiConsumer<Group, T> fill)
      throws IOException {
    try (ParquetWriter<Group> parquet =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(file, configuration))
            .withType(type)
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build()) {
      while (rows.hasNext()) {
        Group group = new SimpleGroup(type);
        fill.accept(group, rows.next());
        parquet.write(group);
      }
    }
  }

  /** Reads a file, row by row. */
  public static void read(Path file, Configuration configuration, Consumer<Group> use)
      throws IOException {
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), file)
            .withConf(ParquetReading.patient(configuration))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        use.accept(row);
      }
    }
  }
}
