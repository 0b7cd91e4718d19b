package org.clapperboard.data.features;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;

/**
 * Writes the features of a shard: a Parquet file with a row per sample, in their order. A row is a
 * row group of its own, since samples are read one by one, from places that the shuffle decides.
 */
public final class FeatureWriter implements AutoCloseable {
  private final ParquetWriter<Group> writer;

  /**
   * Creates a file; an existing one of that name is replaced.
   *
   * @param content hash of the samples
   */
  public FeatureWriter(Path file, Configuration configuration, String content) throws IOException {
    this.writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(file, configuration))
            .withType(FeatureSchema.TYPE)
            .withExtraMetaData(Map.of(FeatureSchema.CONTENT, content))
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withDictionaryEncoding(false)
            .withRowGroupRowCountLimit(1)
            .build();
  }

  /** Adds the features of the next sample; their memory may change afterwards. */
  public void write(String sampleId, FloatBuffer features) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(features.remaining(), Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(features.duplicate());
    SimpleGroup row = new SimpleGroup(FeatureSchema.TYPE);
    row.append(FeatureSchema.SAMPLE, sampleId)
        .append(FeatureSchema.FEATURES, Binary.fromConstantByteArray(bytes.array()));
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
