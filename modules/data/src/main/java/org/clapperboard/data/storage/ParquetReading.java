package org.clapperboard.data.storage;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetInputFormat;
import org.apache.parquet.hadoop.util.HadoopInputFile;

/**
 * Reads Parquet files from whatever storage. Where a read breaks it is tried again: object stores
 * do that for plain reads, but not for vectored ones (S3A of Hadoop 3.4), of which whole row groups
 * have no need.
 */
public final class ParquetReading {
  private ParquetReading() {}

  /** Opens a file. */
  public static ParquetFileReader open(Path file, Configuration configuration) throws IOException {
    Configuration patient = patient(configuration);
    return ParquetFileReader.open(
        HadoopInputFile.fromPath(file, patient), HadoopReadOptions.builder(patient).build());
  }

  /** The settings it is opened with. */
  public static Configuration patient(Configuration configuration) {
    Configuration patient = new Configuration(configuration);
    patient.setBoolean(ParquetInputFormat.HADOOP_VECTORED_IO_ENABLED, false);
    return patient;
  }
}
