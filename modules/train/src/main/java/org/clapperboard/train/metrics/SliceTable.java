package org.clapperboard.train.metrics;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.clapperboard.data.ledger.StepTable;
import org.clapperboard.data.storage.Folder;

/** The table of exam slices of a stage: a row for each set and each exam. */
final class SliceTable {
  private static final String SCHEMA =
      """
      message slices {
        required binary stage (STRING);
        required int64 step;
        required binary set (STRING);
        required int64 asked;
        required int64 right;
        optional double share;
      }
      """;

  private final StepTable table;
  private final String stage;

  private record Row(long step, SliceScores.Score score) {}

  SliceTable(Folder folder, String stage) {
    this.table = new StepTable(folder.folder("slices"), SCHEMA);
    this.stage = stage;
  }

  void removeFrom(long done) throws IOException {
    table.removeFrom(done);
  }

  /** Writes what was asked after these steps, if anything was. */
  void write(long first, long end, List<StepMetrics> steps) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (StepMetrics step : steps) {
      if (step.ownSlices() != null) {
        step.ownSlices().scores().forEach(score -> rows.add(new Row(step.step(), score)));
      }
    }
    if (!rows.isEmpty()) {
      table.write("", first, end, rows, this::fill);
    }
  }

  private void fill(Group group, Row row) {
    group
        .append("stage", stage)
        .append("step", row.step())
        .append("set", row.score().set())
        .append("asked", row.score().asked())
        .append("right", row.score().right());
    if (row.score().asked() > 0) {
      group.append("share", row.score().share());
    }
  }
}
