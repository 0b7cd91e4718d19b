package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
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
    Faults.awaitCheckpoint(run, 10, training::isDone);

    ProcessHandle victim = world.cluster().executors().get(0);
    assertThat(victim.destroyForcibly()).isTrue();

    assertThat(training.join())
        .contains("attempt 1 ended. ")
        .containsPattern("attempt 2 goes on after step (10|15|20|25|30|35) of 40");
    Faults.assertSame(world, run, undisturbed);
    List<Row> attempts = Faults.attempts(world, run);
    assertThat(attempts).hasSize(2);
    assertThat(attempts.get(0).getString(3)).startsWith("Cannot ").contains("127.0.0.1");
    assertThat(attempts.get(0).getLong(1)).isZero();
    assertThat(attempts.get(1).getLong(1)).isEqualTo(attempts.get(0).getLong(2)).isPositive();
    assertThat(attempts.get(1).getLong(2)).isEqualTo(40);
    assertThat(attempts.get(1).isNullAt(3)).isTrue();
  }

  @Test
  @Tag("full")
  void a_harmed_checkpoint_is_set_aside_and_the_one_before_is_gone_on_from(World world)
      throws IOException {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("checkpoint-harmed");
    CompletableFuture<String> training =
        CompletableFuture.supplyAsync(
            () ->
                world.train(
                    "joint", run, "cluster.ranks=" + World.MOST_RANKS, "checkpoint.keep=8"));
    Faults.awaitCheckpoint(run, 10, training::isDone);
    assertThat(world.cluster().executors().get(0).destroyForcibly()).isTrue();
    // Before the executor is replaced, the newest state is spoiled.
    Path checkpoints = run.resolve("joint/checkpoints");
    Path newest;
    try (Stream<Path> manifests = Files.list(checkpoints)) {
      newest =
          manifests
              .filter(file -> file.getFileName().toString().matches("step-\\d+\\.json"))
              .max(Comparator.naturalOrder())
              .orElseThrow();
    }
    String step = newest.getFileName().toString().replace(".json", "");
    try (Stream<Path> files = Files.walk(checkpoints)) {
      Path rank =
          files.filter(file -> file.endsWith(step + "/rank-1.safetensors")).findAny().orElseThrow();
      byte[] bytes = Files.readAllBytes(rank);
      bytes[bytes.length / 2] ^= 1;
      Files.write(rank, bytes);
    }
    assertThat(training.join())
        .containsPattern(
            "a checkpoint is set aside, and it goes on from step (5|10|15|20|25|30)\\. ")
        .contains("the SHA-256 of file:");
    Faults.assertSame(world, run, undisturbed);
  }

  @Test
  void a_spark_that_starts_and_ends_executors_as_it_likes_is_refused(World world) {
    Map<String, String> cluster =
        Map.of(
            "CLAPPERBOARD_WORKERS",
            "1",
            "SPARK_ARGS",
            "--conf spark.speculation=true --conf spark.dynamicAllocation.enabled=true");
    Path run = world.run("unsteady");
    Jobs.Ended ended =
        world.jobs().start(cluster, "train.sh", world.arguments("joint", run)).await();
    assertThat(ended.err())
        .contains(
            "spark.dynamicAllocation.enabled  is true (expected: false). Ranks need all their"
                + " executors from their first to their last step.",
            "spark.speculation  is true (expected: false). A rank cannot run twice.");
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  @Test
  @Tag("full")
  void a_script_that_is_told_to_end_leaves_no_process_and_goes_on_later(World world)
      throws IOException {
    Path undisturbed = world.joint(2);
    Path run = world.run("script-ended");
    Map<String, String> cluster = Map.of("CLAPPERBOARD_WORKERS", "2");
    List<String> arguments = world.arguments("joint", run, "checkpoint.every-steps=10");
    Jobs.Running script = world.jobs().start(cluster, "train.sh", arguments);
    Faults.awaitCheckpoint(run, 10, () -> !script.process().isAlive());
    List<ProcessHandle> processes = script.process().descendants().toList();
    // A driver, a master, two workers and their executors.
    assertThat(processes).hasSizeGreaterThanOrEqualTo(6);

    script.process().destroy();
    Jobs.Ended ended = script.await();

    assertThat(ended.exitCode()).isEqualTo(143);
    Matcher saved =
        Pattern.compile(
                "Its state after step (\\d+) of 40 is saved; started again, it goes on from")
            .matcher(ended.err());
    assertThat(saved.find()).as(ended.err()).isTrue();
    int steps = Integer.parseInt(saved.group(1));
    assertThat(steps).isBetween(11, 39);
    assertThat(ended.out())
        .contains("joint: told to end; its state after step " + steps + " of 40 is saved");
    assertThat(ended.err()).doesNotContain("This is a bug");
    assertThat(run.resolve(String.format("joint/checkpoints/step-%06d.json", steps))).exists();
    Faults.await(
        "the end of all processes", () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(World.result(run, "joint")).isNull();

    // As if it had died between writing this table and saving the checkpoint that goes with it.
    Path metrics = run.resolve("joint/metrics");
    Files.copy(
        metrics.resolve("steps-000000-000009.parquet"),
        metrics.resolve("steps-000036-000040.parquet"));
    List<String> otherwise = world.arguments("joint", run, "checkpoint.every-steps=7");

    Jobs.Ended again = world.jobs().start(cluster, "train.sh", otherwise).await();
    assertThat(again.requireOut()).contains("attempt 1 goes on after step " + steps + " of 40");
    Faults.assertSame(world, run, undisturbed);
    assertThat(Faults.attempts(world, run).stream().map(row -> row.getString(3)))
        .containsExactlyInAnyOrder("The driver was told to end.", null);
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
            "Cannot train joint: its 2 ranks need an executor each, and after [1-9] s there are [01] on"
                + " spark://127.0.0.1:[0-9]+. Give the cluster more workers, lower cluster.ranks,"
                + " or wait longer with spark.scheduler.maxRegisteredResourcesWaitingTime.");
    assertThat(ended.exitCode()).isEqualTo(5);
    assertThat(run.resolve("joint")).doesNotExist();
  }
}
