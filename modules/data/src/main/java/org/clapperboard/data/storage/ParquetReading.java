package org.clapperboard.data.storage;

import java.io.File;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
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

  /**
   * Opens a file of our own, of which whole row groups are read, and quickly. What was read is
   * checked against the sums of its pages, wherever it came from.
   *
   * @param buffers what row groups are read into, if the file is on a disk of this machine; a row
   *     group has to be closed before the next is read
   */
  public static ParquetFileReader open(Path file, Configuration configuration, ReadBuffers buffers)
      throws IOException {
    Configuration patient = patient(configuration);
    ParquetReadOptions.Builder options =
        HadoopReadOptions.builder(patient).usePageChecksumVerification();
    FileSystem system = file.getFileSystem(patient);
    if (system.getClass() != LocalFileSystem.class) {
      return ParquetFileReader.open(HadoopInputFile.fromPath(file, patient), options.build());
    }
    options.withAllocator(buffers).withMaxAllocationInBytes(ReadBuffers.PIECE);
    File local = ((LocalFileSystem) system).pathToFile(file);
    return ParquetFileReader.open(new LocalParquet(local.toPath()), options.build());
  }

  /** The settings it is opened with. */
  public static Configuration patient(Configuration configuration) {
    Configuration patient = new Configuration(configuration);
    patient.setBoolean(ParquetInputFormat.HADOOP_VECTORED_IO_ENABLED, false);
    return patient;
  }
}
