package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The questions that are asked often, as the README asks them. */
@ExtendWith(World.Shared.class)
class InspectIT {

  @Test
  void a_step_is_shown_with_its_samples_and_frames(World world) throws Exception {
    Path sheet = world.folder("sheet.png");
    List<String> answer =
        inspect(
            world,
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
    List<String> answer = inspect(world, "sample", "--run", world.joint(2).toString(), sample);
    assertThat(answer.stream().filter(line -> line.startsWith("joint\t"))).hasSize((int) times);
    assertThat(answer.get(answer.size() - 1))
        .startsWith("joint: its weights (after 40 steps) have seen it: ");
  }

  @Test
  void two_datasets_are_compared(World world) {
    Path one = world.folder("prepared/demo-webvid");
    Path other = world.folder("prepared/demo-panda");
    List<String> answer = inspect(world, "diff", one.toString(), other.toString());
    assertThat(answer)
        .contains(
            "demo-webvid\tremoved\t" + world.dataset("demo-webvid").samples(),
            "demo-panda\tadded\t" + world.dataset("demo-panda").samples());
    assertThat(inspect(world, "diff", one.toString(), one.toString()))
        .containsExactly("dataset\tchange\tsamples", "", "change\tdataset\tsample_id");
  }

  @Test
  void quarantine_is_counted_with_examples(World world) {
    List<String> answer =
        inspect(world, "quarantine", "--run", world.folder("prepared/demo-webvid").toString());
    assertThat(answer.get(1)).startsWith("demo-webvid\ttruncated\t1\t");
    assertThat(answer.get(4)).startsWith("demo-webvid\ttruncated\t").contains(".mp4");
  }

  private static List<String> inspect(World world, String... arguments) {
    return world
        .jobs()
        .run("local[1]", "inspect.sh", new ArrayList<>(List.of(arguments)))
        .requireOut()
        .lines()
        .toList();
  }
}
