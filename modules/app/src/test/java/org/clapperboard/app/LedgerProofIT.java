package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.clapperboard.app.inspect.InspectCommand;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code jobs/inspect.sh ledger}, on accounts that add up and on some that were tampered with. */
@ExtendWith(World.Shared.class)
class LedgerProofIT {

  @Test
  void the_ledger_of_a_run_adds_up(World world) {
    List<String> lines = world.inspect("ledger", "--run", world.joint(2).toString());
    assertThat(lines.get(0)).isEqualTo("stage\tsteps\tbatch\tsamples\tof a batch\tverdict");
    assertThat(lines)
        .contains("joint\t40\t8\t320\taudio 2, audio-visual 4, visual 2\tadds up")
        .anySatisfy(line -> assertThat(line).startsWith("eye\t").endsWith("\tadds up"));
  }

  @Test
  @Tag("full")
  void a_step_that_is_missing_is_named(World world) {
    Told told = tampered(world, "step-lost", "SELECT * FROM rows WHERE step <> 7");
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .contains(
            ": it does not add up.",
            "\n  joint: step 7 is not in the ledger\n",
            "\n  joint: has 312 samples in 40 steps of 8 (expected: 320)",
            " of stream audio-visual has ")
        .doesNotContain("eye:");
  }

  @Test
  void a_row_that_was_doubled_is_named_with_its_sample(World world) {
    Row row = row(world, 5, 3);
    Told told =
        tampered(
            world,
            "row-doubled",
            "SELECT * FROM rows UNION ALL SELECT * FROM rows WHERE step = 5 AND place = 3");
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .contains(
            "joint: step 5 has place 3 2 times: "
                + row.getAs("sample_id")
                + ", "
                + row.getAs("sample_id")
                + "\n",
            "joint: step 5 takes "
                + row.getAs("sample_id")
                + " of "
                + row.getAs("dataset")
                + " again: 2 times in epoch "
                + row.getAs("epoch")
                + " of stream "
                + row.getAs("stream")
                + ", first in step 5",
            "joint: step 5 has 9 samples and ",
            "joint: has 321 samples in 40 steps of 8 (expected: 320)");
  }

  @Test
  @Tag("full")
  void a_row_that_is_missing_is_told_by_its_place_and_stream(World world) {
    Row row = row(world, 5, 3);
    Told told =
        tampered(world, "row-lost", "SELECT * FROM rows WHERE NOT (step = 5 AND place = 3)");
    int each = row.getAs("stream").equals("audio-visual") ? 4 : 2;
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .contains(
            "joint: step 5 lacks place 3\n",
            "joint: step 5 has "
                + (each - 1)
                + " samples of stream "
                + row.getAs("stream")
                + " (expected: "
                + each
                + ")",
            "joint: has 319 samples in 40 steps of 8 (expected: 320)");
  }

  @Test
  void a_sample_in_the_place_of_another_is_found_though_all_counts_are_right(World world) {
    Row other = row(world, 6, 0);
    Told told =
        tampered(
            world,
            "sample-swapped",
            "SELECT * EXCEPT (sample_id), IF(step = 5 AND place = 0, '"
                + other.getAs("sample_id")
                + "', sample_id) AS sample_id FROM rows");
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .contains(
            "joint: step 6 takes "
                + other.getAs("sample_id")
                + " of demo-av again: 2 times in epoch 0 of stream audio-visual, first in step 5")
        .doesNotContain("expected");
  }

  @Test
  @Tag("full")
  void rows_that_no_weights_have_seen_are_told_and_few_stand_for_many(World world) {
    Told told =
        tampered(
            world,
            "rows-after",
            "SELECT * EXCEPT (step, more), step + more AS step FROM rows"
                + " LATERAL VIEW explode(array(0, 40)) AS more WHERE more = 0 OR step < 5");
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .contains(
            "joint: step 40 has 8 rows, but weights that are there have seen 40 steps\n",
            "joint: step 42 has 8 rows, but weights that are there have seen 40 steps"
                + " (and 2 more like this)")
        .doesNotContain("step 43 ");
  }

  @Test
  @Tag("full")
  void a_row_that_says_its_step_was_skipped_is_told_where_it_was_taken(World world) {
    Told told =
        tampered(
            world,
            "skip-claimed",
            "SELECT * EXCEPT (learned), NOT (step = 9 AND place < 3) AS learned FROM rows");
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .isEqualTo(
            "Cannot prove the ledger of "
                + world.folder("skip-claimed")
                + ": it does not add up.\n"
                + "  joint: step 9 is taken by its metrics, but not by 3 of its rows\n");
  }

  @Test
  void a_run_without_a_ledger_proves_nothing(World world) {
    world.spark();
    String prepared = world.folder("prepared").toString();
    Told told = Told.by(new InspectCommand(), "ledger", "--run", prepared);
    assertThat(told.exitCode()).isEqualTo(3);
    assertThat(told.text())
        .isEqualTo("Cannot prove the ledger of " + prepared + ": it has none.\n");
  }

  private static Row row(World world, long step, int place) {
    return world.rows(world.joint(2), "joint", "ledger", "*").stream()
        .filter(row -> row.<Long>getAs("step") == step && row.<Integer>getAs("place") == place)
        .findFirst()
        .orElseThrow();
  }

  /** What is said of a copy of a run, the rows of whose joint stage are a query over the old. */
  private static Told tampered(World world, String name, String sql) {
    Path run = world.folder(name);
    World.copy(world.joint(2), run);
    SparkSession spark = SparkSession.builder().getOrCreate();
    String ledger = run.resolve("joint/ledger").toString();
    spark
        .read()
        .option("pathGlobFilter", "*.parquet")
        .parquet(ledger)
        .createOrReplaceTempView("rows");
    Dataset<Row> changed = spark.sql(sql);
    spark
        .createDataFrame(changed.collectAsList(), changed.schema())
        .coalesce(1)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(ledger);
    return Told.by(new InspectCommand(), "ledger", "--run", run.toString());
  }
}
