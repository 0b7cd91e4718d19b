package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes quarantine rows as a Parquet table. */
final class QuarantineWriter {
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message quarantine {
            required binary dataset (STRING);
            required binary sample_id (STRING);
            required binary file (STRING);
            required binary manifest (STRING);
            required int64 line;
            required binary reason (STRING);
            required binary detail (STRING);
            required binary host (STRING);
            required int64 millis;
          }
          """);

  private QuarantineWriter() {}

  static void write(Path file, Configuration configuration, List<QuarantineRow> rows)
      throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(file, configuration))
            .withType(TYPE)
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build()) {
      for (QuarantineRow row : rows) {
        writer.write(
            new SimpleGroup(TYPE)
                .append("dataset", row.dataset())
                .append("sample_id", row.sample())
                .append("file", row.file())
                .append("manifest", row.manifest())
                .append("line", row.line())
                .append("reason", row.reason())
                .append("detail", row.detail())
                .append("host", row.host())
                .append("millis", row.millis()));
      }
    }
  }
}
