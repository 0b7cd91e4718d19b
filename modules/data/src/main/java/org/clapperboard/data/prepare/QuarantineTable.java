package org.clapperboard.data.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.ParquetTable;

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
    ParquetTable.write(file, configuration, TYPE, rows.iterator(), QuarantineTable::fill);
  }

  private static void fill(Group group, QuarantineRow row) {
    group
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
        .append("millis", row.millis());
  }

  /** The rows of a file; none if it has not all the columns of today. */
  static List<QuarantineRow> read(Path file, Configuration configuration) throws IOException {
    List<QuarantineRow> rows = new ArrayList<>();
    ParquetTable.read(
        file,
        configuration,
        row -> {
          if (row.getType().equals(TYPE)) {
            rows.add(row(row));
          }
        });
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
