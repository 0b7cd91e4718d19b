package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.sql.Row;

/** What tests wait for before they do harm, and what they compare afterwards. */
final class Faults {
  private Faults() {}

  /** The joint stage has learned the same bits from the same samples, each counted once. */
  static void assertSame(World world, Path run, Path undisturbed) {
    assertThat(World.result(run, "joint")).isNotNull();
    assertThat(World.result(run, "joint").parts())
        .isEqualTo(World.result(undisturbed, "joint").parts());
    assertThat(world.jointSamples(run))
        .doesNotHaveDuplicates()
        .isEqualTo(world.jointSamples(undisturbed));
    assertThat(world.rows(run, "joint", "metrics", "step"))
        .doesNotHaveDuplicates()
        .hasSameSizeAs(world.rows(undisturbed, "joint", "metrics", "step"));
    assertThat(slices(world, run)).isEqualTo(slices(world, undisturbed)).isNotEmpty();
    assertThat(world.inspect("ledger", "--run", run.toString()))
        .anySatisfy(line -> assertThat(line).startsWith("joint\t").endsWith("\tadds up"));
  }

  /** What was asked during the joint stage: step, set, asked, right. */
  private static List<String> slices(World world, Path run) {
    return world.rows(run, "joint", "slices", "step", "set", "asked", "right").stream()
        .map(Row::mkString)
        .sorted()
        .toList();
  }

  /** The attempts at the joint stage: attempt, first_step, steps_saved, cause, ranks, host. */
  static List<Row> attempts(World world, Path run) {
    String[] columns = {"attempt", "first_step", "steps_saved", "cause", "ranks", "host"};
    return world.rows(run, "joint", "attempts", columns).stream()
        .sorted(Comparator.comparingInt(row -> row.getInt(0)))
        .toList();
  }

  /** A checkpoint of the joint stage, which keeps many. */
  static void awaitCheckpoint(Path run, long step, BooleanSupplier ended) {
    Path manifest = run.resolve(String.format("joint/checkpoints/step-%06d.json", step));
    await("a checkpoint", () -> Files.exists(manifest) || ended.getAsBoolean());
    assertThat(manifest).exists();
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for %s", what).isLessThan(end);
      pause(20);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
