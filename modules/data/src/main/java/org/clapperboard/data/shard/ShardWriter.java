package org.clapperboard.data.shard;

import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;

/**
 * Writes one shard: a Parquet file with a row per sample.
 *
 * <p>Media are compressed already, so columns are not; row groups are small, since one is the unit
 * of reading and of memory.
 */
public final class ShardWriter implements AutoCloseable {
  private static final long ROW_GROUP_BYTES = 32L << 20;
  private static final int PAGE_BYTES = 1 << 20;
  private static final int ROWS_PER_PAGE = 64;

  private final ParquetWriter<Group> writer;

  /** Creates a shard; an existing file of that name is replaced. */
  public ShardWriter(Path file, Configuration configuration) throws IOException {
    this.writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(file, configuration))
            .withType(ShardSchema.TYPE)
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
            .withDictionaryEncoding(false)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withPageSize(PAGE_BYTES)
            .withPageRowCountLimit(ROWS_PER_PAGE)
            .withMinRowCountForPageSizeCheck(1)
            .withMaxRowCountForPageSizeCheck(ROWS_PER_PAGE)
            .withExtraMetaData(Map.of("clapperboard.schema", ShardSchema.VERSION))
            .build();
  }

  /** Adds a sample. */
  public void write(StoredSample sample) throws IOException {
    writer.write(ShardSchema.toGroup(sample));
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
