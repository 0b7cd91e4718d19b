package org.clapperboard.train.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.apache.hadoop.fs.FSError;
import org.clapperboard.collective.Collective;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;
import org.clapperboard.train.optimizer.ShardedAdamW;
import org.clapperboard.train.optimizer.ShardedAdamW.State;

/**
 * Saves the state of a rank beside the steps that follow. A thread copies it, for which the next
 * update waits if it comes sooner, writes the copy, and reads it back. When the files of all ranks
 * are there, which they tell each other after a step, rank 0 creates the manifest, on its thread as
 * well.
 *
 * <p>All ranks call the same methods after the same steps. One checkpoint is written at a time: the
 * next one waits for it.
 */
public final class AsyncCheckpoints implements AutoCloseable {
  private static final long SECONDS_TO_END = 30;
  private static final long MILLIS_BETWEEN_LOOKS = 5;

  private final Checkpoints checkpoints;
  private final String attempt;
  private final LongFunction<Position> positions;
  private final Collective ranks;
  private final Mode mode;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(AsyncCheckpoints::daemon);
  private Running running;
  private long stalledNanos;

  /** Whether the loop goes on while a checkpoint is written. */
  public enum Mode {
    /** It does: the state is held twice for that long. */
    ASYNCHRONOUS,
    /** It stands still. */
    SYNCHRONOUS
  }

  /** What else has to be written before a checkpoint counts. */
  public interface Writing {
    void write() throws IOException;
  }

  /** A checkpoint on its way: first this rank's file, then the manifest. */
  private record Running(
      long step,
      long updates,
      Future<?> copy,
      Future<Manifest.RankFile> file,
      Future<Void> manifest) {}

  /**
   * Saves of an attempt.
   *
   * @param attempt names the folder that this attempt writes to
   * @param positions where the stage is in its samples after a step
   */
  public AsyncCheckpoints(
      Checkpoints checkpoints,
      String attempt,
      LongFunction<Position> positions,
      Collective ranks,
      Mode mode) {
    this.checkpoints = checkpoints;
    this.attempt = attempt;
    this.positions = positions;
    this.ranks = ranks;
    this.mode = mode;
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "write-checkpoint");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Begins to save the state after a step.
   *
   * @param trained what trains, by name
   * @param before is written first
   */
  public void begin(long step, Map<String, ShardedAdamW> trained, Writing before) {
    finish();
    long start = System.nanoTime();
    Map<String, State> live = Checkpoints.states(trained, ShardedAdamW::state);
    Map<String, State> saved =
        mode == Mode.ASYNCHRONOUS ? Checkpoints.states(trained, ShardedAdamW::roomForCopy) : live;
    long updates = trained.values().iterator().next().steps();
    Future<?> copy = writer.submit(() -> copy(live, saved));
    Future<Manifest.RankFile> file =
        writer.submit(
            () -> {
              before.write();
              return checkpoints.write(step, attempt, saved, ranks.rank());
            });
    running = new Running(step, updates, copy, file, null);
    stalledNanos += System.nanoTime() - start;
    if (mode == Mode.SYNCHRONOUS) {
      finish();
    }
  }

  private static void copy(Map<String, State> from, Map<String, State> to) {
    if (from != to) {
      from.forEach((name, state) -> state.copyTo(to.get(name)));
    }
  }

  /** Returns when the state may change. Called before every update. */
  public void awaitCopy() {
    if (running != null) {
      long start = System.nanoTime();
      result(running.copy());
      stalledNanos += System.nanoTime() - start;
    }
  }

  /**
   * Goes on with a checkpoint that all ranks are done with. Called after every step.
   *
   * @throws WorkerLost if it could not be written
   */
  public void look() {
    if (running != null) {
      long start = System.nanoTime();
      advance();
      stalledNanos += System.nanoTime() - start;
    }
  }

  /**
   * Returns when the checkpoint that was begun last is there.
   *
   * @throws WorkerLost if it could not be written
   */
  public void finish() {
    long start = System.nanoTime();
    // Ranks ask each other again and again: none is taken for lost while another's disk is slow.
    for (; running != null; advance()) {
      pause();
    }
    stalledNanos += System.nanoTime() - start;
  }

  /** Seconds that the loop has stood still for checkpoints. */
  public double stalledSeconds() {
    return stalledNanos / 1e9;
  }

  private void advance() {
    ranks.phase("checkpoint " + running.step());
    Future<?> next = running.manifest() == null ? running.file() : running.manifest();
    boolean done = next.isDone();
    if (done) {
      result(next);
    }
    if (ranks.sum(done ? 1 : 0)[0] < ranks.worldSize()) {
      return;
    }
    if (running.manifest() != null) {
      running = null;
      return;
    }
    List<byte[]> all = ranks.allGather(result(running.file()).toJson());
    running =
        new Running(
            running.step(), running.updates(), running.copy(), running.file(), manifest(all));
  }

  private Future<Void> manifest(List<byte[]> all) {
    if (ranks.rank() != 0) {
      return CompletableFuture.completedFuture(null);
    }
    List<Manifest.RankFile> files = all.stream().map(Manifest.RankFile::fromJson).toList();
    Running of = running;
    return writer.submit(
        () -> {
          checkpoints.commit(of.step(), of.updates(), positions.apply(of.step()), files);
          return null;
        });
  }

  private <T> T result(Future<T> done) {
    try {
      return done.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a checkpoint is written", e);
    } catch (ExecutionException e) {
      // Hadoop makes an error of what a local disk says.
      if (e.getCause() instanceof IOException
          || e.getCause() instanceof UncheckedIOException
          || e.getCause() instanceof FSError) {
        throw checkpoints.notSaved(running.step(), e.getCause());
      }
      if (e.getCause() instanceof Failure failure) {
        throw failure;
      }
      throw new IllegalStateException("cannot write a checkpoint", e.getCause());
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(MILLIS_BETWEEN_LOOKS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a checkpoint is written", e);
    }
  }

  /** Ends the thread: nothing is written any more when it returns. */
  @Override
  public void close() {
    writer.shutdownNow();
    try {
      writer.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
