package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The questions that are asked often, as the README asks them. */
@ExtendWith(World.Shared.class)
class InspectIT {

  @Test
  void a_step_is_shown_with_its_samples_and_frames(World world) throws Exception {
    Path sheet = world.folder("sheet.png");
    List<String> answer =
        world.inspect(
            "batch",
            "--run",
            world.joint(2).toString(),
            "--prepared",
            world.folder("prepared").toString(),
            "--stage",
            "joint",
            "--step",
            "3",
            "--sheet",
            sheet.toString());
    List<Row> rows = world.rows(world.joint(2), "joint", "ledger", "step", "place", "sample_id");
    List<String> expected =
        rows.stream()
            .filter(row -> row.getLong(0) == 3)
            .sorted((a, b) -> Integer.compare(a.getInt(1), b.getInt(1)))
            .map(row -> row.getString(2))
            .toList();
    assertThat(expected).hasSize(8);
    assertThat(answer.subList(1, 9))
        .extracting(line -> line.split("\t", -1)[4])
        .containsExactlyElementsOf(expected);
    assertThat(answer.subList(1, 9)).allSatisfy(line -> assertThat(line).contains(" -> "));
    BufferedImage drawn = ImageIO.read(sheet.toFile());
    // Two of eight are sounds: a label without a picture.
    assertThat(drawn.getHeight()).isEqualTo(8 * 18 + 6 * 112);
    // Clips of this world are prepared with four frames.
    assertThat(drawn.getWidth()).isEqualTo(4 * 112);
  }

  @Test
  void a_sample_is_followed_through_the_run(World world) {
    List<Row> rows = world.rows(world.joint(2), "joint", "ledger", "step", "sample_id");
    String sample = rows.get(0).getString(1);
    long times = rows.stream().filter(row -> row.getString(1).equals(sample)).count();
    List<String> answer = world.inspect("sample", "--run", world.joint(2).toString(), sample);
    assertThat(answer.stream().filter(line -> line.startsWith("joint\t"))).hasSize((int) times);
    assertThat(answer.get(answer.size() - 1))
        .startsWith("joint: its weights (after 40 steps) have seen it: ");
  }

  @Test
  void two_datasets_are_compared(World world) {
    Path one = world.folder("prepared/demo-webvid");
    Path other = world.folder("prepared/demo-panda");
    List<String> answer = world.inspect("diff", one.toString(), other.toString());
    assertThat(answer)
        .contains(
            "demo-webvid\tremoved\t" + world.dataset("demo-webvid").samples(),
            "demo-panda\tadded\t" + world.dataset("demo-panda").samples());
    assertThat(world.inspect("diff", one.toString(), one.toString()))
        .containsExactly("dataset\tchange\tsamples", "", "change\tdataset\tsample_id");
  }

  @Test
  void quarantine_is_counted_with_examples(World world) {
    List<String> answer =
        world.inspect("quarantine", "--run", world.folder("prepared/demo-webvid").toString());
    assertThat(answer.get(1)).startsWith("demo-webvid\ttruncated\t1\t");
    assertThat(answer.get(4)).startsWith("demo-webvid\ttruncated\t").contains(".mp4");
  }

  @Test
  void views_add_up_to_the_ledger(World world) {
    String run = world.joint(2).toString();
    String prepared = world.folder("prepared").toString();
    List<Row> ledger = world.rows(world.joint(2), "joint", "ledger", "sample_id", "dataset");
    String sql =
        """
        SELECT (SELECT sum(samples) FROM steps WHERE stage = 'joint') AS steps,
               (SELECT sum(times) FROM seen WHERE stage = 'joint') AS seen,
               (SELECT sum(used) FROM mixture WHERE stage = 'joint') AS mixture,
               (SELECT count(*) FROM seen WHERE stage = 'joint') AS distinct,
               (SELECT round(sum(ratio), 6) FROM mixture WHERE stage = 'joint') AS ratio,
               (SELECT count(*) FROM seen WHERE stage = 'joint' AND first_checkpoint > first_step)
                 AS counted,
               (SELECT bool_and(abs(s.loss - m.loss) < 1e-4) FROM steps s JOIN metrics m
                  USING (stage, step) WHERE stage = 'joint') AS losses
        """;
    long all = ledger.size();
    long distinct = ledger.stream().distinct().count();
    assertThat(world.inspect("--run", run, "--prepared", prepared, sql).get(1))
        .isEqualTo(
            String.join(
                "\t", "" + all, "" + all, "" + all, "" + distinct, "1.0", "" + distinct, "true"));
    assertThat(
            world
                .inspect(
                    "--run",
                    run,
                    "--prepared",
                    prepared,
                    "SELECT DISTINCT samples, to_json(streams) FROM steps WHERE stage = 'joint'")
                .get(1))
        .isEqualTo(
            "8\t[{\"stream\":\"audio\",\"samples\":2},{\"stream\":\"audio-visual\",\"samples\":4},"
                + "{\"stream\":\"visual\",\"samples\":2}]");
  }

  @Test
  void files_that_a_dataset_does_not_name_do_not_count(World world) throws Exception {
    Path copy = world.folder("stray/demo-panda");
    World.copy(world.folder("prepared/demo-panda"), copy);
    long samples = world.dataset("demo-panda").samples();
    Path shard = copy.resolve("shards").resolve(world.dataset("demo-panda").shards().get(0).file());
    Files.copy(shard, shard.resolveSibling("00000-of-a-losing-attempt.parquet"));
    assertThat(world.inspect("--run", copy.toString(), "SELECT count(*) FROM samples").get(1))
        .isEqualTo("" + samples);
  }

  @Test
  void every_column_of_every_table_is_explained(World world) {
    List<String> lines = world.inspect("--tables");
    assertThat(lines)
        .contains(
            "ledger (table): every sample of every step",
            "steps (view): every step of every stage",
            "  sample_id\tSTRING\tname of the sample, unique in its dataset");
    assertThat(lines.stream().filter(line -> line.startsWith("  ")))
        .allSatisfy(line -> assertThat(line.split("\t", -1)[2]).isNotBlank());
    for (String table :
        List.of("ledger", "metrics", "losses", "validation", "captions", "slices", "inputs")) {
      Path file =
          world
              .joint(2)
              .resolve("joint")
              .resolve(table.equals("inputs") ? "inputs.parquet" : table);
      String[] columns =
          SparkSession.builder()
              .getOrCreate()
              .read()
              .option("pathGlobFilter", "*.parquet")
              .parquet(file.toString())
              .columns();
      assertThat(described(lines, table)).containsExactly(columns);
    }
    String shards = world.folder("prepared/demo-av/shards").toString();
    assertThat(described(lines, "media"))
        .containsExactly(SparkSession.builder().getOrCreate().read().parquet(shards).columns());
  }

  /** The columns of a table, as they are told. */
  private static List<String> described(List<String> lines, String table) {
    int from =
        lines.indexOf(
            lines.stream()
                .filter(line -> line.startsWith(table + " (table)"))
                .findFirst()
                .orElseThrow());
    return lines.stream()
        .skip(from + 1)
        .takeWhile(line -> !line.isEmpty())
        .map(line -> line.split("\t", -1)[0].strip())
        .toList();
  }
}
