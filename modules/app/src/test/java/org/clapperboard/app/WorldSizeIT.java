package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many ranks there are changes neither what is learned from nor what is learned. */
@ExtendWith(World.Shared.class)
class WorldSizeIT {
  @ParameterizedTest
  @ValueSource(ints = {2, World.MOST_RANKS})
  void every_step_takes_the_same_samples_as_with_one_rank(int ranks, World world) {
    List<String> alone = world.jointSamples(world.joint(1));
    assertThat(alone).hasSizeGreaterThanOrEqualTo(20 * 8);
    assertThat(world.jointSamples(world.joint(ranks))).isEqualTo(alone);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, World.MOST_RANKS})
  void the_loss_curve_is_that_of_one_rank(int ranks, World world) {
    assertSameCurve(world, world.joint(ranks));
  }

  @Test
  @Tag("full")
  void ranks_that_encrypt_share_no_memory_and_keep_state_on_disk_train_the_same_bits(World world) {
    Path run = world.run("encrypted");
    world.train(
        "joint",
        run,
        "cluster.ranks=2",
        "cluster.encryption=on",
        "cluster.same-host=tcp",
        "cluster.streams=2",
        "memory.optimizer-state=disk");
    assertThat(World.result(run, "joint")).isEqualTo(World.result(world.joint(2), "joint"));
  }

  @Test
  @Tag("full")
  void layers_in_shards_train_the_same_curve_and_hand_over_whole_weights(World world) {
    Path run = world.run("sharded");
    world.train(
        "joint",
        run,
        "cluster.ranks=2",
        "memory.activations=recompute",
        "memory.sharding=parameters",
        "memory.bucket-megabytes=0",
        "validation.captions=0",
        "exam-slices.sets=[]");
    List<Row> sharded = losses(world, run);
    List<Row> whole = losses(world, world.joint(2));
    assertThat(sharded).hasSameSizeAs(whole);
    for (int i = 0; i < sharded.size(); i++) {
      assertThat(sharded.get(i).getDouble(1))
          .isCloseTo(whole.get(i).getDouble(1), withinPercentage(0.01));
    }
    assertThat(World.result(run, "joint").parts().keySet())
        .isEqualTo(World.result(world.joint(2), "joint").parts().keySet());
  }

  @Test
  @Tag("full")
  void gradients_in_bfloat16_train_other_bits_and_nearly_the_same_curve(World world) {
    Path run = world.run("bf16-wire");
    world.train("joint", run, "cluster.ranks=2", "cluster.wire=bf16");
    assertThat(World.result(run, "joint")).isNotEqualTo(World.result(world.joint(2), "joint"));
    List<Row> half = losses(world, run);
    List<Row> whole = losses(world, world.joint(2));
    assertThat(half).hasSameSizeAs(whole);
    for (int i = 0; i < half.size(); i++) {
      assertThat(half.get(i).getDouble(1))
          .isCloseTo(whole.get(i).getDouble(1), withinPercentage(2));
    }
  }

  @Test
  void how_a_rank_cuts_its_share_changes_neither(World world) {
    Path apart = world.run("ungrouped");
    world.train("joint", apart, "batch.grouping=none", "batch.micro=1", "data.threads=1");
    Path packed = world.run("packed");
    world.train("joint", packed, "batch.packing=true", "batch.max-tokens=200", "data.threads=3");
    for (Path run : List.of(apart, packed)) {
      assertThat(world.jointSamples(run)).isEqualTo(world.jointSamples(world.joint(1)));
      assertSameCurve(world, run);
    }
    assertThat(padding(world, apart)).isZero();
  }

  private static long padding(World world, Path run) {
    return world.rows(run, "joint", "metrics", "sum(padding)").get(0).getLong(0);
  }

  private static void assertSameCurve(World world, Path run) {
    List<Row> alone = losses(world, world.joint(1));
    List<Row> shared = losses(world, run);
    assertThat(alone).hasSizeGreaterThanOrEqualTo(20);
    assertThat(shared).hasSameSizeAs(alone);
    for (int step = 0; step < alone.size(); step++) {
      assertThat(shared.get(step).getLong(0)).isEqualTo(step);
      assertThat(shared.get(step).getDouble(1))
          .as("loss of step %d", step)
          .isCloseTo(alone.get(step).getDouble(1), withinPercentage(0.01));
    }
    double first = alone.get(0).getDouble(1);
    double last = alone.get(alone.size() - 1).getDouble(1);
    assertThat(last).as("loss after learning").isLessThan(0.9 * first);
  }

  private static List<Row> losses(World world, Path run) {
    return world.rows(run, "joint", "metrics", "step", "loss").stream()
        .sorted(Comparator.comparingLong(row -> row.getLong(0)))
        .toList();
  }
}
