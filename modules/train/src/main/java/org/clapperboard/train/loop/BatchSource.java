package org.clapperboard.train.loop;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.clapperboard.data.order.Mixture;
import org.clapperboard.data.order.Mixture.Place;
import org.clapperboard.data.shard.StoredSample;
import org.clapperboard.data.shard.StreamReader;
import org.clapperboard.model.Example;
import org.clapperboard.model.Example.Media;

/**
 * This rank's part of each global batch, read and decoded ahead of the step: one thread reads row
 * groups in the order in which they are needed, others turn samples into examples. How many they
 * are changes nothing but time, and what goes wrong is thrown by the step it belongs to.
 */
final class BatchSource implements TrainingLoop.Batches, AutoCloseable {
  private static final long SECONDS_TO_END = 30;

  private final Mixture mixture;
  private final SamplesAhead samples;
  private final List<StreamReader> readers;
  private final Features features;
  private final RankShare share;
  private final ThreadLocal<ExampleMaker> maker;
  private final Consumer<FloatBuffer> giveBack;
  private final Semaphore room;
  private final BlockingQueue<List<Future<Item>>> started = new LinkedBlockingQueue<>();
  private final ExecutorService decoders;
  private final Thread reader;
  private List<Item> inUse;
  private long waitedNanos;

  /**
   * What is done ahead of a step.
   *
   * @param threads that decode
   * @param batches whole batches, read or decoded, that wait at most
   */
  record Ahead(int threads, int batches) {}

  /** What the vision encoder made of samples before. */
  interface Features {
    /** A stage that computes them. */
    Features NONE = (source, sample) -> null;

    /** The features of a sample, in memory that is given back, or null; any thread may ask. */
    FloatBuffer of(StreamReader.Source source, StoredSample sample);
  }

  /**
   * Starts reading at a step.
   *
   * @param readers of the mixture's streams; closed by the caller, after this
   * @param makers makes an example maker for each thread
   * @param giveBack takes the buffers of a step's media when the next one is asked for
   */
  BatchSource(
      Mixture mixture,
      List<StreamReader> readers,
      Supplier<ExampleMaker> makers,
      Features features,
      Consumer<FloatBuffer> giveBack,
      RankShare share,
      Ahead ahead) {
    this.mixture = mixture;
    this.samples = new SamplesAhead(mixture, readers, share);
    this.readers = List.copyOf(readers);
    this.features = features;
    this.share = share;
    this.maker = ThreadLocal.withInitial(makers);
    this.giveBack = giveBack;
    this.room = new Semaphore(ahead.batches() + 1); // One is in use.
    this.decoders =
        Executors.newFixedThreadPool(ahead.threads(), work -> daemon(work, "decode-samples"));
    this.reader = daemon(this::readAhead, "read-samples");
    reader.start();
  }

  private static Thread daemon(Runnable work, String name) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public List<Item> next() {
    giveBack();
    long start = System.nanoTime();
    try {
      List<Item> items = new ArrayList<>();
      for (Future<Item> item : started.take()) {
        items.add(item.get());
      }
      inUse = items;
      return items;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for samples", e);
    } catch (ExecutionException e) {
      throw unchecked(e.getCause());
    } finally {
      waitedNanos += System.nanoTime() - start;
    }
  }

  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
  }

  /** The last step is done with its media. */
  private void giveBack() {
    if (inUse != null) {
      inUse.forEach(item -> giveBack(item.example(), giveBack));
      inUse = null;
      room.release();
    }
  }

  /** Gives back the buffers of an example that is used no more. */
  static void giveBack(Example example, Consumer<FloatBuffer> to) {
    for (Media media : example.media()) {
      if (media.clip() != null) {
        to.accept(media.clip().memory());
      }
      if (media.bank() != null) {
        to.accept(media.bank());
      }
    }
  }

  @Override
  public double waitedSeconds() {
    return waitedNanos / 1e9;
  }

  private void readAhead() {
    try {
      for (long step = share.firstStep(); step < share.steps(); step++) {
        while (!room.tryAcquire()) {
          if (!samples.readOn()) {
            room.acquire();
            break;
          }
        }
        started.put(start());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // Closed: nobody waits any more.
    }
  }

  /** Reads the samples of a step and starts decoding them. */
  private List<Future<Item>> start() {
    List<Future<Item>> items = new ArrayList<>(share.to() - share.from());
    for (int number = share.from(); number < share.to(); number++) {
      items.add(start(number));
    }
    return items;
  }

  private Future<Item> start(int number) {
    try {
      Place place = samples.next();
      StoredSample sample = samples.read();
      return decoders.submit(() -> item(place, number, sample));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Item item(Place place, int number, StoredSample sample) {
    return new Item(
        number,
        mixture.streams().get(place.stream()).name(),
        place.epoch(),
        sample.id(),
        sample.dataset(),
        sample.modality(),
        sample.exchanges(),
        maker
            .get()
            .training(
                sample, features.of(readers.get(place.stream()).source(place.address()), sample)));
  }

  /** Ends all threads; none reads a shard any more when it returns. */
  @Override
  public void close() {
    reader.interrupt();
    decoders.shutdownNow();
    try {
      reader.join(TimeUnit.SECONDS.toMillis(SECONDS_TO_END));
      decoders.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
