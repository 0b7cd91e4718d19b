package org.clapperboard.data.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.clapperboard.data.storage.Folder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerIT {
  @TempDir private Path temporary;

  private Folder folder() {
    return Folder.of(temporary.toString(), new Configuration());
  }

  private Ledger ledger() {
    return new Ledger(folder(), "runs/demo", "stage2");
  }

  private static List<LedgerRow> rows(long first, long end, int rank) {
    List<LedgerRow> rows = new ArrayList<>();
    for (long step = first; step < end; step++) {
      rows.add(
          new LedgerRow(
              step,
              step / 4,
              "video",
              rank,
              rank,
              "s-" + step,
              "webvid",
              "video",
              3,
              0.5 * step,
              step != 5));
    }
    return rows;
  }

  @Test
  void rows_come_back_as_they_were_written() throws Exception {
    ledger().write(1, 4, 6, rows(4, 6, 1));
    List<String> read = new ArrayList<>();
    try (ParquetReader<Group> reader =
        ParquetReader.builder(
                new GroupReadSupport(), folder().path("steps-000004-000005.rank-1.parquet"))
            .build()) {
      for (Group row = reader.read(); row != null; row = reader.read()) {
        read.add(row.toString().replace('\n', ' ').strip());
      }
    }
    assertThat(read)
        .containsExactly(
            "run: runs/demo stage: stage2 epoch: 1 step: 4 stream: video rank: 1 place: 1"
                + " sample_id: s-4 dataset: webvid modality: video tokens: 3 loss: 2.0 learned: true",
            "run: runs/demo stage: stage2 epoch: 1 step: 5 stream: video rank: 1 place: 1"
                + " sample_id: s-5 dataset: webvid modality: video tokens: 3 loss: 2.5 learned: false");
  }

  @Test
  void what_no_checkpoint_covers_is_removed() throws Exception {
    for (int rank = 0; rank < 2; rank++) {
      ledger().write(rank, 0, 4, rows(0, 4, rank));
      ledger().write(rank, 4, 8, rows(4, 8, rank));
    }
    ledger().removeFrom(4);
    assertThat(folder().files())
        .containsExactly(
            "steps-000000-000003.rank-0.parquet", "steps-000000-000003.rank-1.parquet");
    ledger().removeFrom(0);
    assertThat(folder().files()).isEmpty();
  }

  @Test
  void writing_again_changes_nothing() throws Exception {
    ledger().write(0, 0, 4, rows(0, 4, 0));
    long size = folder().size("steps-000000-000003.rank-0.parquet");
    ledger().write(0, 0, 4, rows(0, 4, 0));
    assertThat(folder().files()).hasSize(1);
    assertThat(folder().size("steps-000000-000003.rank-0.parquet")).isEqualTo(size);
  }
}
