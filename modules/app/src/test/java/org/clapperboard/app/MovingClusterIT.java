package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Machines that go, come back, or fail again and again, under a driver of its own. */
@Tag("full")
@ExtendWith(World.Shared.class)
class MovingClusterIT {
  private static final String[] LONGER = {"cluster.ranks=2", "epochs=6", "checkpoint.keep=200"};

  private final Workers workers = Workers.none();

  @AfterEach
  void stop() {
    workers.close();
  }

  private Jobs.Running train(World world, Path run, String... more) {
    Map<String, String> cluster =
        Map.of(
            "SPARK_MASTER",
            workers.master(),
            "SPARK_ARGS",
            "--conf spark.scheduler.maxRegisteredResourcesWaitingTime=30s");
    return world.jobs().start(cluster, "train.sh", world.arguments("joint", run, more));
  }

  private static String[] with(String[] settings, String more) {
    String[] all = Arrays.copyOf(settings, settings.length + 1);
    all[settings.length] = more;
    return all;
  }

  @Test
  void a_stage_goes_on_with_fewer_ranks_and_again_with_all(World world) {
    Path undisturbed = world.run("moving-undisturbed");
    world.train("joint", undisturbed, LONGER);
    workers.add("127.0.0.1");
    String second = workers.add("127.0.0.1");
    Path run = world.run("moving");
    Jobs.Running training = train(world, run, with(LONGER, "cluster.at-least=1"));
    Faults.awaitCheckpoint(run, 10, () -> !training.process().isAlive());

    workers.kill(second);
    awaitTold(training, ", with 1 of 2 ranks");
    awaitStepsAfterShrinking(run);
    workers.add("127.0.0.1");

    String out = training.await().requireOut();
    assertThat(out)
        .containsPattern("attempt 1 ended\\. Cannot ")
        .containsPattern("attempt 2 goes on after step \\d+ of 192, with 1 of 2 ranks\n")
        .containsPattern("attempt 3 goes on after step \\d+ of 192\n");
    List<Row> attempts = Faults.attempts(world, run);
    assertThat(attempts.stream().map(row -> row.getInt(4))).containsExactly(2, 1, 2);
    assertThat(attempts.get(1).getString(3)).isEqualTo("There are executors for all ranks.");
    assertThat(attempts.get(1).getLong(2))
        .isEqualTo(attempts.get(2).getLong(1))
        .isGreaterThan(attempts.get(1).getLong(1));
    assertThat(world.jointSamples(run)).isEqualTo(world.jointSamples(undisturbed));
    List<Double> losses = losses(world, run);
    List<Double> alike = losses(world, undisturbed);
    assertThat(losses).hasSameSizeAs(alike);
    for (int step = 0; step < alike.size(); step++) {
      assertThat(losses.get(step))
          .as("loss of step %d", step)
          .isCloseTo(alike.get(step), withinPercentage(0.01));
    }
    assertThat(world.inspect("ledger", "--run", run.toString()))
        .anySatisfy(line -> assertThat(line).startsWith("joint\t192\t").endsWith("\tadds up"));
  }

  @Test
  void a_host_that_fails_twice_is_left_out(World world) {
    Path undisturbed = world.joint(2);
    workers.add("127.0.0.1");
    workers.add("127.0.0.2");
    Path run = world.run("host-left-out");
    Jobs.Running training = train(world, run, "cluster.ranks=2", "checkpoint.keep=20");
    for (long step : List.of(5L, 15L)) {
      Faults.awaitCheckpoint(run, step, () -> !training.process().isAlive());
      Victim victim = new Victim(workers.executors("127.0.0.2").get(0));
      if (step == 15) {
        // The stage would be finished before the machine that takes over is there.
        victim.stop();
        workers.add("127.0.0.3");
        Faults.await("an executor", () -> !workers.executors("127.0.0.3").isEmpty());
      }
      victim.kill();
    }
    assertThat(training.await().requireOut())
        .containsPattern(
            "attempt 3 goes on after step \\d+ of 40, without 127.0.0.2, where two attempts"
                + " failed\n");
    Faults.assertSame(world, run, undisturbed);
    assertThat(Faults.attempts(world, run).stream().map(row -> row.getString(5)))
        .containsExactly("127.0.0.2", "127.0.0.2", null);
  }

  @Test
  void a_driver_that_is_killed_leaves_no_executor_and_is_started_again(World world) {
    Path undisturbed = world.joint(2);
    workers.add("127.0.0.1");
    workers.add("127.0.0.1");
    Path run = world.run("driver-killed");
    Jobs.Running training = train(world, run, "cluster.ranks=2");
    Faults.awaitCheckpoint(run, 10, () -> !training.process().isAlive());
    List<ProcessHandle> executors = workers.executors("127.0.0.1");
    assertThat(executors).hasSize(2);
    List<ProcessHandle> drivers = training.process().descendants().toList();
    assertThat(drivers).hasSize(1);

    new Victim(drivers.get(0)).kill();

    assertThat(training.await().exitCode()).isEqualTo(137);
    Faults.await(
        "the end of all executors", () -> executors.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(train(world, run, "cluster.ranks=2").await().requireOut())
        .containsPattern("attempt 1 goes on after step \\d+ of 40\n");
    Faults.assertSame(world, run, undisturbed);
  }

  private static void awaitTold(Jobs.Running training, String words) {
    Faults.await(words, () -> told(training).contains(words) || !training.process().isAlive());
    assertThat(told(training)).contains(words);
  }

  private static void awaitStepsAfterShrinking(Path run) {
    long before = newest(run);
    Faults.await("steps of fewer ranks", () -> newest(run) > before);
  }

  private static long newest(Path run) {
    try (var files = Files.list(run.resolve("joint/checkpoints"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("step-\\d+\\.json"))
          .mapToLong(name -> Long.parseLong(name.replaceAll("\\D", "")))
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String told(Jobs.Running training) {
    try {
      return Files.readString(training.out());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Double> losses(World world, Path run) {
    return world.rows(run, "joint", "metrics", "step", "loss").stream()
        .sorted(Comparator.comparingLong(row -> row.getLong(0)))
        .map(row -> row.getDouble(1))
        .toList();
  }
}
