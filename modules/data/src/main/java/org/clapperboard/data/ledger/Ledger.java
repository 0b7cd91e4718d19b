package org.clapperboard.data.ledger;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.clapperboard.data.storage.Folder;

/**
 * The account of what a stage's weights have seen: Parquet files, one for each rank and run of
 * steps between two checkpoints.
 *
 * <p>A file is named by its steps and rank and its content is a pure function of both, so writing
 * it again after a crash changes nothing. Rows after the last checkpoint belong to no weights; they
 * are removed before a stage goes on.
 */
public final class Ledger {
  private static final Pattern NAME =
      Pattern.compile("steps-(\\d+)-(\\d+)\\.rank-(\\d+)\\.parquet");
  private static final MessageType TYPE =
      MessageTypeParser.parseMessageType(
          """
          message ledger {
            required binary run (STRING);
            required binary stage (STRING);
            required int64 epoch;
            required int64 step;
            required binary stream (STRING);
            required int32 rank;
            required int32 place;
            required binary sample_id (STRING);
            required binary dataset (STRING);
            required binary modality (STRING);
            required int32 tokens;
            required double loss;
          }
          """);

  private final Folder folder;
  private final String run;
  private final String stage;

  /** The ledger of a stage in a folder. */
  public Ledger(Folder folder, String run, String stage) {
    this.folder = folder;
    this.run = run;
    this.stage = stage;
  }

  /** Writes a rank's rows of the steps from {@code first} to before {@code end}. */
  public void write(int rank, long first, long end, List<LedgerRow> rows) throws IOException {
    String name =
        String.format(Locale.ROOT, "steps-%06d-%06d.rank-%d.parquet", first, end - 1, rank);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                HadoopOutputFile.fromPath(folder.path(name), folder.configuration()))
            .withType(TYPE)
            .withConf(folder.configuration())
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build()) {
      for (LedgerRow row : rows) {
        writer.write(toGroup(row));
      }
    }
  }

  private Group toGroup(LedgerRow row) {
    return new SimpleGroup(TYPE)
        .append("run", run)
        .append("stage", stage)
        .append("epoch", row.epoch())
        .append("step", row.step())
        .append("stream", row.stream())
        .append("rank", row.rank())
        .append("place", row.place())
        .append("sample_id", row.sampleId())
        .append("dataset", row.dataset())
        .append("modality", row.modality())
        .append("tokens", row.tokens())
        .append("loss", row.loss());
  }

  /** Removes every file with a step that no checkpoint covers: all from step {@code done} on. */
  public void removeFrom(long done) throws IOException {
    for (String file : folder.files()) {
      Matcher name = NAME.matcher(file);
      if (name.matches() && Long.parseLong(name.group(2)) >= done) {
        folder.delete(file);
      }
    }
  }
}
