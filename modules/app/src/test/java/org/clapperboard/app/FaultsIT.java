package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.clapperboard.config.BadData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What clusters do to a run of four ranks in four executors. Afterwards its weights are those of a
 * run that nothing was done to, bit for bit, and its ledger is exact.
 */
@Tag("full")
@ExtendWith(World.Shared.class)
class FaultsIT {

  private static CompletableFuture<String> train(World world, Path run, String... more) {
    List<String> settings = new ArrayList<>(List.of("cluster.ranks=" + World.MOST_RANKS));
    settings.add("checkpoint.keep=50");
    settings.addAll(Arrays.asList(more));
    String[] all = settings.toArray(String[]::new);
    world.cluster();
    return CompletableFuture.supplyAsync(() -> world.train("joint", run, all));
  }

  private static Victim victim(World world, int number) {
    return new Victim(world.cluster().executors().get(number));
  }

  @Test
  void a_rank_is_killed_while_it_writes_a_checkpoint(World world) {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("killed-in-checkpoint");
    CompletableFuture<String> training = train(world, run, "checkpoint.every-steps=1");
    Faults.awaitCheckpoint(run, 5, training::isDone);
    String unfinished = killWriting(run, victim(world, 0), training);
    assertThat(training.join()).contains("attempt 1 ended. Cannot ", "attempt 2 goes on after");
    Row second = Faults.attempts(world, run).get(1);
    assertThat(second.getLong(1)).isLessThan(Long.parseLong(unfinished.replaceAll("\\D", "")));
    Faults.assertSame(world, run, undisturbed);
  }

  /** Kills it when a checkpoint has begun that cannot be finished without it; returns its name. */
  private static String killWriting(Path run, Victim victim, CompletableFuture<?> training) {
    Path checkpoints = run.resolve("joint/checkpoints");
    while (true) {
      assertThat(training).isNotDone();
      String begun = newestFolder(checkpoints);
      if (!Files.exists(checkpoints.resolve(begun + ".json"))) {
        victim.stop();
        Faults.pause(1000);
        if (!Files.exists(checkpoints.resolve(begun + ".json"))) {
          victim.kill();
          return begun;
        }
        victim.goOn();
      }
    }
  }

  /** Of the one attempt there was. */
  private static String newestFolder(Path checkpoints) {
    try (Stream<Path> steps = Files.walk(checkpoints, 2)) {
      return steps
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches("step-\\d+"))
          .max(String::compareTo)
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void two_ranks_are_killed_one_after_the_other(World world) {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("killed-twice");
    CompletableFuture<String> training = train(world, run);
    Faults.awaitCheckpoint(run, 5, training::isDone);
    victim(world, 0).kill();
    Faults.awaitCheckpoint(run, 20, training::isDone);
    victim(world, 3).kill();
    assertThat(training.join())
        .contains("attempt 1 ended. ", "attempt 2 ended. ", "attempt 3 goes on after step ");
    // All executors are on one host: it has failed twice, but there is no other.
    assertThat(Faults.attempts(world, run).stream().map(row -> row.getString(5)))
        .containsExactly("127.0.0.1", "127.0.0.1", null);
    Faults.assertSame(world, run, undisturbed);
  }

  @Test
  void a_rank_that_stands_still_is_named_and_replaced(World world) {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("stopped");
    CompletableFuture<String> training = train(world, run, "cluster.deadline=5s");
    Faults.awaitCheckpoint(run, 5, training::isDone);
    Victim victim = victim(world, 1);
    victim.stop();
    long start = System.nanoTime();
    Path attempts = run.resolve("joint/attempts");
    Faults.await("the end of the attempt", () -> Files.exists(attempts) || training.isDone());
    assertThat(System.nanoTime() - start).as("nanoseconds").isLessThan(30_000_000_000L);
    assertThat(training.join())
        .containsPattern("attempt 1 ended\\. Cannot [^\n]*rank \\d \\(127\\.0\\.0\\.1:\\d+\\) sent")
        .contains("attempt 2 goes on after step ");
    assertThat(Faults.attempts(world, run).get(0).getString(5)).isEqualTo("127.0.0.1");
    Faults.await("the end of what stood still", () -> !victim.process().isAlive());
    Faults.assertSame(world, run, undisturbed);
  }

  @Test
  void a_harmed_shard_ends_the_stage_which_goes_on_when_it_is_mended(World world)
      throws IOException {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("shard-harmed");
    Path prepared = world.folder("prepared-harmed");
    World.copy(world.folder("prepared"), prepared);
    Path shard;
    try (Stream<Path> files = Files.list(prepared.resolve("demo-av/shards"))) {
      shard = files.filter(file -> file.toString().endsWith(".parquet")).sorted().findFirst().get();
    }
    byte[] sound = Files.readAllBytes(shard);
    byte[] harmed = sound.clone();
    harmed[harmed.length / 2] ^= 1;
    Files.write(shard, harmed);
    String elsewhere = "data.prepared=" + prepared;
    CompletableFuture<String> training = train(world, run, elsewhere);
    CompletionException ended = catchThrowableOfType(CompletionException.class, training::join);
    assertThat(ended)
        .hasCauseInstanceOf(BadData.class)
        .hasMessageContaining("Cannot read row group ")
        .hasMessageContaining(shard.getFileName().toString())
        .hasMessageContaining("CRC");
    Files.write(shard, sound);
    train(world, run, elsewhere).join();
    Faults.assertSame(world, run, undisturbed);
  }
}
