package org.clapperboard.nccl;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.clapperboard.collective.Arguments;
import org.clapperboard.collective.Collective;
import org.clapperboard.collective.CollectiveStats;
import org.clapperboard.collective.Operation;
import org.clapperboard.collective.Slices;
import org.clapperboard.config.BadConfig;
import org.clapperboard.config.WorkerLost;

/**
 * A collective whose large exchanges go from GPU to GPU through NCCL. Everything that is small or
 * not numbers goes through another collective, which also brings the ranks together before each
 * large exchange, so that a rank that is late, gone or at something else is named by it.
 *
 * <p>Unlike {@link Collective} promises, sums are <em>not</em> taken in rank order. NCCL adds along
 * rings or trees that it chooses by world size, hardware and size; its sums are equal on all ranks
 * of a run, but their last bits differ from those of other clusters and other world sizes, and with
 * them what is learned. That a stage may move to another cluster and learn the same is worth more
 * than speed, so it is never the default.
 *
 * <p>Buffers are in host memory: they are copied to the device and back. Bytes that NCCL moves are
 * not in {@link #stats}, which it does not tell; its operations and their times are. The wait for
 * ranks that come late counts as an all-gather of the other collective.
 *
 * <p>Never run on a GPU so far.
 */
public final class NcclCollective implements Collective {
  /** What is smaller is not worth two copies. */
  static final int SMALL_BYTES = 64 << 10;

  private static final Duration LAST_WORDS = Duration.ofSeconds(5);

  private final Collective ranks;
  private final Device device;
  private final Communicator communicator;
  private final Vigil vigil;
  private final Tally tally = new Tally();
  private final ReentrantLock running = new ReentrantLock();

  private volatile String phase = "";
  private volatile String ending;
  private String current = "the start of NCCL";
  private boolean released;

  /**
   * Connects this rank's GPU with those of the others; all ranks call it at the same time.
   *
   * @param ranks the ranks, connected; closed with what is returned
   * @param device the number of this rank's GPU, as CUDA counts them
   * @param deadline how long one exchange may take on the device
   * @return a collective of the same ranks
   * @throws BadConfig on all ranks, if one of them lacks a library or a GPU
   * @throws WorkerLost if NCCL cannot connect them
   */
  public static Collective open(Collective ranks, int device, Duration deadline) {
    Device[] opened = new Device[1];
    Readiness own =
        Natives.readiness(
            () -> {
              opened[0] = new Device(device);
              Communicator.requireVersion();
              return Readiness.ready(ranks.rank() == 0 ? Communicator.newId() : new byte[0]);
            });
    byte[] id;
    try {
      id = own.agree(ranks);
    } catch (BadConfig | WorkerLost e) {
      if (opened[0] != null) {
        opened[0].close();
      }
      throw e;
    }
    return new NcclCollective(ranks, opened[0], id, deadline);
  }

  private NcclCollective(Collective ranks, Device device, byte[] id, Duration deadline) {
    this.ranks = ranks;
    this.device = device;
    this.vigil = new Vigil(deadline, this::requireSense);
    try {
      communicator = new Communicator(id, ranks.rank(), ranks.worldSize());
    } catch (NativeFailure e) {
      device.close();
      throw failure(e);
    }
    try {
      vigil.until(communicator::isIdle, "the connection of all GPUs");
    } catch (NativeFailure e) {
      release(true);
      throw failure(e);
    } catch (WorkerLost e) {
      release(true);
      throw e;
    }
  }

  @Override
  public int rank() {
    return ranks.rank();
  }

  @Override
  public int worldSize() {
    return ranks.worldSize();
  }

  @Override
  public void phase(String name) {
    phase = name;
    ranks.phase(name);
  }

  @Override
  public void working(String text) {
    ranks.working(text);
  }

  @Override
  public void reduceScatter(ByteBuffer floats, Slices slices) {
    Arguments.requireFloats(floats, slices, worldSize());
    if (floats.remaining() < SMALL_BYTES) {
      ranks.reduceScatter(floats, slices);
    } else {
      ExchangePlan plan = ExchangePlan.reduceScatter(slices, rank());
      run(Operation.REDUCE_SCATTER, floats, plan, Float.BYTES, slices.toString());
    }
  }

  @Override
  public void allGather(ByteBuffer floats, Slices slices) {
    Arguments.requireFloats(floats, slices, worldSize());
    if (floats.remaining() < SMALL_BYTES) {
      ranks.allGather(floats, slices);
    } else {
      ExchangePlan plan = ExchangePlan.allGather(slices, rank());
      run(Operation.ALL_GATHER, floats, plan, Float.BYTES, slices.toString());
    }
  }

  @Override
  public void allReduce(ByteBuffer floats) {
    int count = floats.remaining() / Float.BYTES;
    Arguments.requireFloats(floats, Slices.even(count, worldSize()), worldSize());
    if (floats.remaining() < SMALL_BYTES) {
      ranks.allReduce(floats);
    } else {
      run(Operation.ALL_REDUCE, floats, ExchangePlan.allReduce(count), Float.BYTES, "");
    }
  }

  @Override
  public void broadcast(ByteBuffer bytes, int root) {
    Arguments.requireDirect(bytes);
    Arguments.requireRank("root", root, worldSize());
    if (bytes.remaining() < SMALL_BYTES) {
      ranks.broadcast(bytes, root);
    } else {
      ExchangePlan plan = ExchangePlan.broadcast(bytes.remaining(), root, rank());
      run(Operation.BROADCAST, bytes, plan, 1, "from rank " + root);
    }
  }

  @Override
  public void barrier() {
    ranks.barrier();
  }

  @Override
  public List<byte[]> allGather(byte[] small) {
    return ranks.allGather(small);
  }

  @Override
  public double[] sum(double... values) {
    return ranks.sum(values);
  }

  @Override
  public void check(String what) {
    ranks.check(what);
  }

  @Override
  public CollectiveStats stats() {
    return tally.with(ranks.stats());
  }

  @Override
  public void abort(Throwable cause) {
    ending = "rank " + rank() + " failed: " + cause;
    ranks.abort(cause);
    release(true);
  }

  @Override
  public void close() {
    ending = "rank " + rank() + " has closed its collective";
    release(false);
    ranks.close();
  }

  private void run(
      Operation operation, ByteBuffer data, ExchangePlan plan, int elementBytes, String shape) {
    if (!running.tryLock()) {
      throw new IllegalStateException(
          "Cannot start " + operation.label() + ": another thread runs or closes the collective.");
    }
    try {
      String name = phase.isEmpty() ? operation.label() : operation.label() + " \"" + phase + "\"";
      requireOpen(name);
      meet(name, name + " of " + data.remaining() + " bytes " + shape);
      current = name;
      long start = System.nanoTime();
      exchange(data, plan, elementBytes);
      tally.add(operation, System.nanoTime() - start);
    } catch (NativeFailure e) {
      release(true);
      throw failure(e);
    } catch (WorkerLost e) {
      release(true);
      throw e;
    } finally {
      running.unlock();
    }
  }

  /** What is native is gone once it is given back, a moment before the other collective ends. */
  private void requireOpen(String name) {
    if (released) {
      ranks.check(name);
      throw new IllegalStateException("Cannot start " + name + ": the collective is closed.");
    }
  }

  /** Nobody begins before all are here, and at the same thing: NCCL would wait, or mix them up. */
  private void meet(String name, String call) {
    List<byte[]> calls = ranks.allGather(call.getBytes(StandardCharsets.UTF_8));
    for (int rank = 0; rank < calls.size(); rank++) {
      String other = new String(calls.get(rank), StandardCharsets.UTF_8);
      if (!other.equals(call)) {
        WorkerLost lost =
            new WorkerLost(
                "Cannot finish " + name + ": rank " + rank + " runs " + other.strip() + ".");
        ranks.abort(lost);
        throw lost;
      }
    }
  }

  private void exchange(ByteBuffer data, ExchangePlan plan, int elementBytes) {
    device.select();
    device.require(data.remaining());
    device.copyIn(data, plan.in(), elementBytes);
    communicator.start(plan.calls(), device, elementBytes);
    vigil.until(communicator::isIdle, "the start of it");
    device.mark();
    vigil.until(() -> communicator.isIdle() && device.isDone(), "the device");
    device.copyOut(data, plan.out(), elementBytes);
  }

  /** Whether a wait still makes sense. */
  private void requireSense() {
    if (ending != null) {
      throw new NativeFailure(ending);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new NativeFailure("rank " + rank() + " was interrupted");
    }
    ranks.check(current);
  }

  /** Tells the other ranks, unless they are told already. */
  private WorkerLost failure(NativeFailure e) {
    WorkerLost lost = new WorkerLost("Cannot finish " + current + ": " + e.getMessage() + ".", e);
    ranks.abort(lost);
    return lost;
  }

  /** Gives back what is native; once, and when no operation runs. */
  private void release(boolean broken) {
    running.lock();
    try {
      if (released) {
        return;
      }
      released = true;
      if (broken) {
        communicator.abort();
      } else {
        communicator.close(new Vigil(LAST_WORDS, () -> {}));
      }
      device.close();
    } finally {
      running.unlock();
    }
  }
}
