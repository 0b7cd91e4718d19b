package org.clapperboard.data.lookalike;

import java.io.IOException;
import java.util.Iterator;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.ParquetTable;

/** Findings as a Parquet table. */
final class FindingsTable {
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message findings {
            required binary kind (STRING);
            required binary dataset (STRING);
            required binary sample_id (STRING);
            required binary media (STRING);
            required binary other_dataset (STRING);
            required binary other_sample_id (STRING);
            required binary other_media (STRING);
            optional int32 frames_distance;
            optional int32 sound_distance;
            required binary shard (STRING);
            required int32 row_group;
            required int32 row;
          }
          """);

  private FindingsTable() {}

  static void write(Path file, Configuration configuration, Iterator<Finding> findings)
      throws IOException {
    ParquetTable.write(file, configuration, TYPE, findings, FindingsTable::fill);
  }

  private static void fill(Group row, Finding finding) {
    row.append("kind", finding.kind())
        .append("dataset", finding.dataset())
        .append("sample_id", finding.sample())
        .append("media", finding.media())
        .append("other_dataset", finding.otherDataset())
        .append("other_sample_id", finding.otherSample())
        .append("other_media", finding.otherMedia())
        .append("shard", finding.shard())
        .append("row_group", finding.rowGroup())
        .append("row", finding.row());
    if (finding.framesDistance() != null) {
      row.append("frames_distance", finding.framesDistance());
    }
    if (finding.soundDistance() != null) {
      row.append("sound_distance", finding.soundDistance());
    }
  }

  static void read(Path file, Configuration configuration, Consumer<Finding> use)
      throws IOException {
    ParquetTable.read(file, configuration, row -> use.accept(finding(row)));
  }

  private static Finding finding(Group row) {
    return new Finding(
        row.getString("kind", 0),
        row.getString("dataset", 0),
        row.getString("sample_id", 0),
        row.getString("media", 0),
        row.getString("other_dataset", 0),
        row.getString("other_sample_id", 0),
        row.getString("other_media", 0),
        number(row, "frames_distance"),
        number(row, "sound_distance"),
        row.getString("shard", 0),
        row.getInteger("row_group", 0),
        row.getInteger("row", 0));
  }

  private static Integer number(Group row, String column) {
    return row.getFieldRepetitionCount(column) == 0 ? null : row.getInteger(column, 0);
  }
}
