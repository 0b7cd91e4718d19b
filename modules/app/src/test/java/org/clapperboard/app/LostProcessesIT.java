package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Whatever is killed, what is learned is the same to the bit, and counted once. */
@ExtendWith(World.Shared.class)
class LostProcessesIT {

  @Test
  void a_stage_whose_executor_is_killed_ends_as_if_nothing_had_happened(World world) {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("executor-killed");
    CompletableFuture<String> training =
        CompletableFuture.supplyAsync(
            () -> world.train("joint", run, "cluster.ranks=" + World.MOST_RANKS));
    awaitCheckpoint(run, training::isDone);

    ProcessHandle victim = world.cluster().executors().get(0);
    assertThat(victim.destroyForcibly()).isTrue();

    assertThat(training.join())
        .contains("attempt 1 ended. ")
        .containsPattern("attempt 2 goes on after step (10|15|20|25|30|35) of 40");
    assertSame(world, run, undisturbed);
  }

  @Test
  @Tag("full")
  void a_script_that_is_told_to_end_leaves_no_process_and_goes_on_later(World world)
      throws IOException {
    Path undisturbed = world.joint(2);
    Path run = world.run("script-ended");
    Map<String, String> cluster = Map.of("CLAPPERBOARD_WORKERS", "2");
    List<String> arguments = world.arguments("joint", run);
    Jobs.Running script = world.jobs().start(cluster, "train.sh", arguments);
    awaitCheckpoint(run, () -> !script.process().isAlive());
    List<ProcessHandle> processes = script.process().descendants().toList();
    // A driver, a master, two workers and their executors.
    assertThat(processes).hasSizeGreaterThanOrEqualTo(6);

    script.process().destroy();
    Jobs.Ended ended = script.await();

    assertThat(ended.exitCode()).isEqualTo(143);
    assertThat(ended.err())
        .contains("Cannot finish joint: it was interrupted.")
        .doesNotContain("This is a bug");
    await("the end of all processes", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(World.result(run, "joint")).isNull();

    // As if it had died between writing this table and saving the checkpoint that goes with it.
    Path metrics = run.resolve("joint/metrics");
    Files.copy(
        metrics.resolve("steps-000000-000004.parquet"),
        metrics.resolve("steps-000036-000040.parquet"));
    List<String> otherwise = world.arguments("joint", run, "checkpoint.every-steps=7");

    Jobs.Ended again = world.jobs().start(cluster, "train.sh", otherwise).await();
    assertThat(again.requireOut())
        .containsPattern("attempt 1 goes on after step (10|15|20|25|30|35) of 40");
    assertSame(world, run, undisturbed);
  }

  @Test
  void a_rank_that_gets_no_executor_is_told_of(World world) {
    Map<String, String> cluster =
        Map.of(
            "CLAPPERBOARD_WORKERS",
            "1",
            "SPARK_ARGS",
            "--conf spark.scheduler.maxRegisteredResourcesWaitingTime=1s");
    Path run = world.run("too-few-workers");
    List<String> arguments = world.arguments("joint", run);
    Jobs.Ended ended = world.jobs().start(cluster, "train.sh", arguments).await();
    assertThat(ended.err())
        .containsPattern(
            "Cannot train joint: its 2 ranks need an executor each, and after 1 s there are [01] on"
                + " spark://127.0.0.1:[0-9]+. Give the cluster more workers, lower cluster.ranks,"
                + " or wait longer with spark.scheduler.maxRegisteredResourcesWaitingTime.");
    assertThat(ended.exitCode()).isEqualTo(5);
    assertThat(run.resolve("joint")).doesNotExist();
  }

  private static void assertSame(World world, Path run, Path undisturbed) {
    assertThat(World.result(run, "joint")).isEqualTo(World.result(undisturbed, "joint"));
    assertThat(world.jointSamples(run))
        .doesNotHaveDuplicates()
        .isEqualTo(world.jointSamples(undisturbed));
    assertThat(world.rows(run, "joint", "metrics", "step"))
        .doesNotHaveDuplicates()
        .hasSameSizeAs(world.rows(undisturbed, "joint", "metrics", "step"));
  }

  /** The middle: ten of forty steps are saved, and more are under way. */
  private static void awaitCheckpoint(Path run, BooleanSupplier ended) {
    Path manifest = run.resolve("joint/checkpoints/step-000010.json");
    await("a checkpoint", () -> Files.exists(manifest) || ended.getAsBoolean());
    assertThat(manifest).exists();
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for %s", what).isLessThan(end);
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }
  }
}
