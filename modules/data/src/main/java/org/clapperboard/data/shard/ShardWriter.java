package org.clapperboard.data.shard;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.OutputFile;

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

  private final ParquetWriter<StoredSample> writer;

  /**
   * Creates a shard; an existing file of that name is replaced.
   *
   * @param dataset the dataset it belongs to
   * @param recipeHash hash of all that decides what belongs into it
   */
  public ShardWriter(Path file, Configuration configuration, String dataset, String recipeHash)
      throws IOException {
    this.writer =
        new Builder(HadoopOutputFile.fromPath(file, configuration), dataset, recipeHash)
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
            .build();
  }

  /** Adds a sample. */
  public void write(StoredSample sample) throws IOException {
    writer.write(sample);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  private static final class Builder extends ParquetWriter.Builder<StoredSample, Builder> {
    private final SampleWriteSupport support;

    Builder(OutputFile file, String dataset, String recipeHash) {
      super(file);
      this.support = new SampleWriteSupport(ShardFooter.start(dataset, recipeHash));
    }

    @Override
    protected Builder self() {
      return this;
    }

    // Deprecated, and abstract nonetheless.
    @Override
    @SuppressWarnings("deprecation")
    protected WriteSupport<StoredSample> getWriteSupport(Configuration configuration) {
      return support;
    }
  }
}
