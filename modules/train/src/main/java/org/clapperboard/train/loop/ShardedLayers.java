package org.clapperboard.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.clapperboard.collective.Collective;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.train.optimizer.ExchangePiece;
import org.clapperboard.train.optimizer.GradientRoom;
import org.clapperboard.train.optimizer.ShardedAdamW;

/**
 * The layers of the language model where a rank holds its slices of gradients, or of weights too
 * (Rajbhandari and others, 2020, "ZeRO", stages 2 and 3).
 *
 * <p>Weights of a bucket are gathered into one of two buffers before its first layer is needed,
 * while the bucket before it is computed. Gradients lie in one of two others while a bucket's
 * layers go backward, and are reduced into slices while the next bucket does. A thread exchanges;
 * it does what it is told in turn, so all ranks exchange in the same order, whatever is in their
 * batches.
 */
final class ShardedLayers implements AutoCloseable {
  private static final int BUFFERS = 2;
  private static final int NONE = -1;
  private static final long SECONDS_TO_END = 30;

  private final LayerShards shards;
  private final List<LayerShards.Unit> units;
  private final Map<LayerShards.Unit, ShardedAdamW> optimizers;
  private final int[] unitOf;
  private final Collective ranks;
  private final NDManager scope = TorchEngine.newScope();
  private final Slot[] slots = new Slot[BUFFERS];
  private final Room[] rooms = new Room[BUFFERS];
  private final ExecutorService exchange = Executors.newSingleThreadExecutor(ShardedLayers::daemon);
  private int current = NONE;
  private int placed = NONE;
  private long step;

  /** A buffer for the weights of one bucket at a time. */
  private static final class Slot {
    private final NDArray[] places;
    private int unit = NONE;
    private Future<?> filled = CompletableFuture.completedFuture(null);

    Slot(NDArray[] places) {
      this.places = places;
    }
  }

  /** Where the gradients of one bucket at a time lie. */
  private static final class Room {
    private final GradientRoom[] places;
    private Future<?> reduced = CompletableFuture.completedFuture(null);

    Room(GradientRoom[] places) {
      this.places = places;
    }
  }

  /**
   * Layers in their shards.
   *
   * @param optimizers of the buckets that learn: of all or of none
   */
  ShardedLayers(
      LayerShards shards, Map<LayerShards.Unit, ShardedAdamW> optimizers, Collective ranks) {
    this.shards = shards;
    this.units = shards.units().stream().filter(unit -> unit.bucket().hasLayers()).toList();
    this.optimizers = optimizers;
    this.ranks = ranks;
    this.unitOf = new int[units.get(units.size() - 1).bucket().lastLayer() + 1];
    for (int i = 0; i < units.size(); i++) {
      Arrays.fill(unitOf, units.get(i).bucket().firstLayer(), unitOf.length, i);
    }
    Dtype dtype = shards.parameters().dtype();
    long[] elements = units.stream().mapToLong(unit -> unit.bucket().elements()).toArray();
    long most = Arrays.stream(elements).max().orElseThrow();
    for (int i = 0; i < BUFFERS; i++) {
      slots[i] = units.get(0).sharded() == null ? null : slot(dtype, elements, most);
      rooms[i] = optimizers.isEmpty() ? null : room(dtype, elements, most);
    }
  }

  private Slot slot(Dtype dtype, long[] elements, long most) {
    Pack tensors = Pack.load("tensors");
    long[] shape = {most + most % 2};
    NDArray buffer = tensors.tensor(scope, "zeros", shape, dtype == Dtype.F32 ? 6 : 15);
    return new Slot(
        Arrays.stream(elements)
            .mapToObj(
                count -> tensors.tensor(scope, "part", buffer, 0L, new long[] {count + count % 2}))
            .toArray(NDArray[]::new));
  }

  private Room room(Dtype dtype, long[] elements, long most) {
    GradientRoom all = GradientRoom.of(scope, dtype, most);
    return new Room(
        Arrays.stream(elements)
            .mapToObj(count -> all.first(scope, count))
            .toArray(GradientRoom[]::new));
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "exchange-layers");
    thread.setDaemon(true);
    return thread;
  }

  /** How many layers there are. */
  int count() {
    return unitOf.length;
  }

  /** A step begins; for messages. */
  void begin(long number) {
    step = number;
  }

  /** A layer is run next, on the way forward. */
  void forward(int layer) {
    need(unitOf[layer], 1);
  }

  /** A layer goes backward next, with all batches one after the other. */
  void backward(int layer) {
    int unit = unitOf[layer];
    need(unit, -1);
    if (placed != unit && !optimizers.isEmpty()) {
      Room room = rooms[unit % BUFFERS];
      await(room.reduced);
      optimizers.get(units.get(unit)).place(room.places[unit]);
      placed = unit;
    }
  }

  /** A batch has gone backward through a layer. */
  void collect(int layer) {
    if (!optimizers.isEmpty()) {
      optimizers.get(units.get(unitOf[layer])).collectGradients();
    }
  }

  /** All batches have gone backward through a layer. */
  void done(int layer) {
    int unit = unitOf[layer];
    if (!optimizers.isEmpty() && layer == units.get(unit).bucket().firstLayer()) {
      rooms[unit % BUFFERS].reduced = exchange.submit(() -> reduce(units.get(unit)));
    }
  }

  /**
   * Waits until all gradients are reduced. Between this and the next layer nothing is exchanged.
   */
  void finish() {
    placed = NONE;
    for (int i = 0; i < BUFFERS; i++) {
      if (rooms[i] != null) {
        await(rooms[i].reduced);
      }
      if (slots[i] != null) {
        await(slots[i].filled);
      }
    }
  }

  /** Weights have changed: what is gathered of them is no longer true. */
  void forget() {
    if (current != NONE && slots[0] != null) {
      units.get(current).parameters().empty();
    }
    current = NONE;
    for (Slot slot : slots) {
      if (slot != null) {
        slot.unit = NONE;
      }
    }
  }

  private void need(int unit, int direction) {
    if (slots[0] == null) {
      return;
    }
    if (unit != current) {
      Slot slot = gathered(unit);
      await(slot.filled);
      if (current != NONE) {
        units.get(current).parameters().empty();
      }
      units.get(unit).parameters().fill(slot.places[unit]);
      current = unit;
    }
    int next = unit + direction;
    if (next >= 0 && next < units.size()) {
      gathered(next);
    }
  }

  /** The buffer that a bucket is gathered into; begins to, unless it is there or on its way. */
  private Slot gathered(int unit) {
    for (Slot slot : slots) {
      if (slot.unit == unit) {
        return slot;
      }
    }
    Slot slot = slots[0].unit == current && current != NONE ? slots[1] : slots[0];
    slot.unit = unit;
    slot.filled = exchange.submit(() -> gather(units.get(unit), slot.places[unit]));
    return slot;
  }

  private void gather(LayerShards.Unit unit, NDArray flat) {
    ranks.phase("step " + step + " weights of " + unit.bucket().describe());
    unit.sharded().gather(flat, ranks);
  }

  private void reduce(LayerShards.Unit unit) {
    ShardedAdamW optimizer = optimizers.get(unit);
    ranks.phase("step " + step + " gradients of " + unit.bucket().describe());
    for (ExchangePiece piece : optimizer.gradientPieces()) {
      ranks.reduceScatter(piece.bytes(), piece.slices());
    }
    optimizer.take();
  }

  private static void await(Future<?> work) {
    try {
      work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while layers are exchanged", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  /** Ends the thread. */
  @Override
  public void close() {
    exchange.shutdownNow();
    try {
      exchange.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    scope.close();
    shards.close();
  }
}
