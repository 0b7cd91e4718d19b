package org.clapperboard.train.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.Mixture.Place;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;

/**
 * This rank's part of each global batch, read and decoded ahead of the step on a thread of its own.
 *
 * <p>The order of samples knows nothing of ranks: a rank takes the places {@code rank * share} to
 * {@code (rank + 1) * share} of every batch.
 */
final class BatchSource implements TrainingLoop.Batches, AutoCloseable {
  private static final int AHEAD = 2;

  private final Mixture mixture;
  private final List<StreamReader> readers;
  private final ExampleMaker maker;
  private final int globalBatch;
  private final int from;
  private final int to;
  private final BlockingQueue<Result> ready = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;
  private long waitedNanos;

  /** The samples of a step, or why they could not be read. */
  private record Result(List<Item> items, RuntimeException failure) {}

  /** Starts reading at a step. */
  BatchSource(
      Mixture mixture,
      List<StreamReader> readers,
      ExampleMaker maker,
      int globalBatch,
      int rank,
      int worldSize,
      long firstStep,
      long steps) {
    this.mixture = mixture;
    this.readers = readers;
    this.maker = maker;
    this.globalBatch = globalBatch;
    this.from = globalBatch / worldSize * rank;
    this.to = globalBatch / worldSize * (rank + 1);
    this.thread = new Thread(() -> readAhead(firstStep, steps), "batches");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public List<Item> next() {
    long start = System.nanoTime();
    try {
      Result result = ready.poll(1, TimeUnit.DAYS);
      waitedNanos += System.nanoTime() - start;
      if (result.failure() != null) {
        throw result.failure();
      }
      return result.items();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for samples", e);
    }
  }

  @Override
  public double waitedSeconds() {
    return waitedNanos / 1e9;
  }

  private void readAhead(long firstStep, long steps) {
    try {
      for (long step = firstStep; step < steps; step++) {
        ready.put(read(step));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Closed: nobody waits any more.
    }
  }

  private Result read(long step) {
    try {
      List<Item> items = new ArrayList<>(to - from);
      int number = from;
      for (Place place : mixture.batch(step, globalBatch, from, to)) {
        items.add(item(place, number++));
      }
      return new Result(items, null);
    } catch (RuntimeException e) {
      return new Result(null, e);
    }
  }

  private Item item(Place place, int number) {
    StoredSample sample = readers.get(place.stream()).read(place.address());
    return new Item(
        number,
        mixture.streams().get(place.stream()).name(),
        place.epoch(),
        sample.id(),
        sample.dataset(),
        sample.modality(),
        sample.exchanges(),
        maker.training(sample));
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
