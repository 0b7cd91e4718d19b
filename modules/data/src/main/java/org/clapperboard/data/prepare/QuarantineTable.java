package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.ParquetReading;

/** Quarantine rows as a Parquet table. */
final class QuarantineTable {
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message quarantine {
            required binary dataset (STRING);
            required binary sample_id (STRING);
            required binary file (STRING);
            required binary media_key (STRING);
            required binary manifest (STRING);
            required int64 line;
            required binary reason (STRING);
            required binary detail (STRING);
            required binary decoder_version (STRING);
            required binary host (STRING);
            required int64 millis;
          }
          """);

  private QuarantineTable() {}

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
                .append("media_key", row.mediaKey())
                .append("manifest", row.manifest())
                .append("line", row.line())
                .append("reason", row.reason())
                .append("detail", row.detail())
                .append("decoder_version", row.decoder())
                .append("host", row.host())
                .append("millis", row.millis()));
      }
    }
  }

  /** The rows of a file; none if it has not all the columns of today. */
  static List<QuarantineRow> read(Path file, Configuration configuration) throws IOException {
    List<QuarantineRow> rows = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(new GroupReadSupport(), file)
            .withConf(ParquetReading.patient(configuration))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        if (!row.getType().equals(TYPE)) {
          return List.of();
        }
        rows.add(row(row));
      }
    }
    return rows;
  }

  private static QuarantineRow row(Group row) {
    return new QuarantineRow(
        row.getString("dataset", 0),
        row.getString("sample_id", 0),
        row.getString("file", 0),
        row.getString("media_key", 0),
        row.getString("manifest", 0),
        row.getLong("line", 0),
        row.getString("reason", 0),
        row.getString("detail", 0),
        row.getString("decoder_version", 0),
        row.getString("host", 0),
        row.getLong("millis", 0));
  }
}
