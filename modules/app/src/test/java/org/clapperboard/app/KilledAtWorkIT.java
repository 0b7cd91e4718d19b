package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ranks that are killed at a given place in a step, of which their own stack tells. */
@Tag("full")
@ExtendWith(World.Shared.class)
class KilledAtWorkIT {
  private static final String[] AT_LOSS = {"TcpCollective.sum", "TrainingLoop.run"};
  private static final String FORWARD = "VideoLlama2.packedLoss";
  private static final int MOST_TRIES = 50;

  private static CompletableFuture<String> train(World world, Path run, String... settings) {
    world.cluster();
    return CompletableFuture.supplyAsync(() -> world.train("joint", run, settings));
  }

  private static void assertGoneOn(World world, CompletableFuture<String> training, Path run) {
    assertThat(training.join())
        .contains("attempt 1 ended. Cannot ", "attempt 2 goes on after step ");
    List<Row> attempts = Faults.attempts(world, run);
    assertThat(attempts).hasSize(2);
    assertThat(attempts.get(0).getString(3)).startsWith("Cannot ").contains("exited with code 137");
    assertThat(attempts.get(1).getLong(1)).isEqualTo(attempts.get(0).getLong(2)).isPositive();
  }

  @Test
  void a_rank_is_killed_while_gradients_are_exchanged(World world) {
    Path undisturbed = world.joint(World.MOST_RANKS);
    Path run = world.run("killed-in-exchange");
    CompletableFuture<String> training =
        train(world, run, "cluster.ranks=" + World.MOST_RANKS, "checkpoint.keep=50");
    Faults.awaitCheckpoint(run, 5, training::isDone);
    List<ProcessHandle> executors = world.cluster().executors();
    Victim late = new Victim(executors.get(0));
    Victim between = new Victim(executors.get(1));
    try (RankStack stackBetween = RankStack.of(between.process());
        RankStack stack = RankStack.of(executors.get(2))) {
      try {
        for (int tries = 0; !standsInExchange(late, between, stackBetween, stack); tries++) {
          assertThat(training).isNotDone();
          assertThat(tries).isLessThan(MOST_TRIES);
        }
        new Victim(executors.get(2)).kill();
      } finally {
        // Before the stacks are closed, of which they are told.
        late.goOn();
        between.goOn();
      }
    }
    assertGoneOn(world, training, run);
    Faults.assertSame(world, run, undisturbed);
  }

  /**
   * Brings a rank to where it waits for the gradients of another. One rank is stopped before it has
   * told its loss, for which all wait then; and one of those that wait is stopped in turn: it has
   * told its loss, which lets the others go on, and tells nothing after that.
   */
  private static boolean standsInExchange(
      Victim late, Victim between, RankStack stackBetween, RankStack stack) {
    late.stop();
    Faults.pause(500);
    if (Stream.of(stackBetween, stack).allMatch(of -> of.isIn(AT_LOSS))) {
      between.stop();
      late.goOn();
      Faults.pause(500);
      List<String> frames = stack.frames();
      if (frames.containsAll(List.of("TcpCollective.reduceScatter", "ShardedUpdate.reduce"))) {
        return true;
      }
      between.goOn();
    }
    late.goOn();
    Faults.pause(20);
    return false;
  }

  @Test
  void a_rank_is_killed_in_a_forward_pass(World world) {
    // Passes that take much longer than a look at a stack.
    String[] settings = {
      "cluster.ranks=2",
      "batch.global=32",
      "batch.micro=16",
      "model.language-model.layers=24",
      "epochs=1.5",
      "checkpoint.every-steps=1",
      "checkpoint.keep=50"
    };
    Path undisturbed = world.run("long-passes");
    world.train("joint", undisturbed, settings);
    Path run = world.run("killed-in-forward");
    CompletableFuture<String> training = train(world, run, settings);
    Faults.awaitCheckpoint(run, 2, training::isDone);
    ProcessHandle executor = executorOfARank(world);
    try (RankStack stack = RankStack.of(executor)) {
      Duration pass = shorter(pass(stack, training), pass(stack, training));
      while (!killBefore(pass.dividedBy(2), executor, stack, training)) {
        pass = shorter(pass, pass(stack, training));
      }
    }
    assertGoneOn(world, training, run);
    Faults.assertSame(world, run, undisturbed);
  }

  private static ProcessHandle executorOfARank(World world) {
    for (ProcessHandle executor : world.cluster().executors()) {
      try (RankStack stack = RankStack.of(executor)) {
        if (!stack.frames().isEmpty()) {
          return executor;
        }
      }
    }
    throw new AssertionError("no executor has a rank that takes steps");
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** How long a forward pass takes at least. */
  private static Duration pass(RankStack stack, CompletableFuture<?> training) {
    awaitForward(stack, training);
    long first = System.nanoTime();
    long last = first;
    for (long look = first; stack.frames().contains(FORWARD); look = System.nanoTime()) {
      last = look;
    }
    return Duration.ofNanos(last - first);
  }

  /** Kills a rank less than a given time after it has begun a forward pass, if it comes to that. */
  private static boolean killBefore(
      Duration time, ProcessHandle executor, RankStack stack, CompletableFuture<?> training) {
    long outside = awaitForward(stack, training);
    if (System.nanoTime() - outside < time.toNanos()) {
      new Victim(executor).kill();
      return true;
    }
    return false;
  }

  /** Returns when a rank is in its next forward pass: when it was last seen to be in none. */
  private static long awaitForward(RankStack stack, CompletableFuture<?> training) {
    long look = System.nanoTime();
    for (; stack.frames().contains(FORWARD); look = System.nanoTime()) {
      assertThat(training).isNotDone();
    }
    long outside = look;
    for (look = System.nanoTime(); !stack.frames().contains(FORWARD); look = System.nanoTime()) {
      assertThat(training).isNotDone();
      outside = look;
    }
    return outside;
  }
}
