package org.clapperboard.data.ledger;

import java.io.IOException;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.clapperboard.data.storage.Folder;

/**
 * The account of what a stage's weights have seen: a {@link StepTable} that every rank writes to.
 * What a file holds is a pure function of its steps and rank.
 */
public final class Ledger {
  private static final String SCHEMA =
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
        required boolean learned;
      }
      """;

  private final StepTable table;
  private final String run;
  private final String stage;

  /** The ledger of a stage in a folder. */
  public Ledger(Folder folder, String run, String stage) {
    this.table = new StepTable(folder, SCHEMA);
    this.run = run;
    this.stage = stage;
  }

  /** Writes a rank's rows of the steps from {@code first} to before {@code end}. */
  public void write(int rank, long first, long end, List<LedgerRow> rows) throws IOException {
    table.write("rank-" + rank, first, end, rows, this::fill);
  }

  private void fill(Group group, LedgerRow row) {
    group
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
        .append("loss", row.loss())
        .append("learned", row.learned());
  }

  /** Removes what no checkpoint covers. */
  public void removeFrom(long done) throws IOException {
    table.removeFrom(done);
  }
}
