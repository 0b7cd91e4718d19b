package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.clapperboard.data.shard.PreparedDataset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A clip that cannot be used costs one row, and nothing else. */
@ExtendWith(World.Shared.class)
class QuarantineIT {

  @Test
  void the_broken_clip_is_one_row_that_names_it(World world) {
    PreparedDataset.Counts counts = world.dataset("demo-webvid").counts();
    assertThat(counts.quarantined()).isEqualTo(Map.of("truncated", 1L));
    assertThat(counts.decoded()).isEqualTo(counts.taken() - 1);

    List<Row> rows = quarantine(world, "reason", "file", "sample_id");
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(0)).isEqualTo("truncated");
    assertThat(Path.of(rows.get(0).getString(1)))
        .exists()
        .hasFileName(rows.get(0).getString(2) + ".mp4");
  }

  @Test
  void a_stage_trains_on_the_others(World world) {
    String broken = quarantine(world, "sample_id").get(0).getString(0);
    List<Row> seen = world.rows(world.curriculum(), "video", "ledger", "dataset", "sample_id");
    assertThat(seen).hasSize(4 * 8);
    assertThat(seen).extracting(row -> row.getString(0)).contains("demo-webvid");
    assertThat(seen).extracting(row -> row.getString(1)).doesNotContain(broken);
  }

  private static List<Row> quarantine(World world, String... columns) {
    return world.rows(world.folder("prepared"), "demo-webvid", "quarantine", columns);
  }
}
