package org.clapperboard.collective;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.clapperboard.config.Failure;
import org.clapperboard.config.WorkerLost;

/**
 * A collective over TCP: every pair of ranks is connected, and the thread that calls an operation
 * does all its work. It has no threads of its own.
 */
public final class TcpCollective implements Collective {

  private static final int BACKLOG = 1024;
  private static final int NO_ROOT = -1;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Membership members;
  private final String label;
  private final CollectiveOptions options;
  private final Mesh mesh;
  private final Exchange exchange;
  private final SmallObjects smallObjects;
  private StatsRecorder recorder = new StatsRecorder();
  private final ReentrantLock running = new ReentrantLock();

  private volatile String phase = "";
  private int sequence;
  private boolean closed;
  private Breakdown breakdown;
  private WorkerLost failure;

  private TcpCollective(Membership members, Mesh mesh, CollectiveOptions options) {
    this.members = members;
    this.label = members.describe(members.rank());
    this.options = options;
    this.mesh = mesh;
    this.exchange = new Exchange(members, mesh, options);
    this.smallObjects =
        new SmallObjects(
            members,
            (operation, data, slices, elementBytes) ->
                run(operation, data, slices, elementBytes, NO_ROOT));
  }

  /**
   * Opens a port of this host for the other ranks.
   *
   * @param local an address that the other ranks can reach; never the wildcard
   * @throws WorkerLost if the address is not one of this host
   */
  public static ServerSocketChannel listen(InetAddress local) {
    Arguments.requireNarrow(local);
    try {
      ServerSocketChannel listener = ServerSocketChannel.open();
      try {
        return listener.bind(new InetSocketAddress(local, 0), BACKLOG);
      } catch (IOException e) {
        listener.close();
        throw e;
      }
    } catch (IOException e) {
      throw new WorkerLost("Cannot listen at " + local + ": " + e.getMessage() + ".", e);
    }
  }

  /**
   * Connects this rank with all others; all ranks call it at about the same time. See {@code
   * Handshake} for how they prove who they are.
   *
   * @param listener bound to a given address, as {@link #listen} does; closed on return, and on
   *     failure too, since nobody is to join later
   * @param peers where the ranks listen, in rank order, this one included
   * @param key what the ranks of this job share
   * @throws WorkerLost if a rank does not arrive in time or cannot prove that it belongs to the job
   * @throws IllegalArgumentException if the listener is not bound, or to the wildcard address
   */
  public static TcpCollective connect(
      ServerSocketChannel listener,
      int rank,
      List<Peer> peers,
      JobKey key,
      CollectiveOptions options) {
    Membership members = new Membership(rank, peers);
    try {
      Arguments.requireNarrow(listener);
      Rendezvous rendezvous = new Rendezvous(members, key, options, listener);
      TcpCollective collective = new TcpCollective(members, rendezvous.meet(), options);
      collective.shareMemory();
      return collective;
    } catch (Breakdown e) {
      throw new WorkerLost(
          "Cannot connect " + members.describe(rank) + ": " + e.getMessage() + ".", e.getCause());
    } catch (IOException e) {
      throw new WorkerLost(
          "Cannot connect " + members.describe(rank) + ": " + e.getMessage() + ".", e);
    } finally {
      Mesh.closeQuietly(listener);
    }
  }

  /** Before anything else is exchanged; all ranks know whether there are any of one host. */
  private void shareMemory() {
    boolean alone =
        IntStream.range(0, worldSize()).allMatch(rank -> members.neighbours(rank).isEmpty());
    if (alone || options.sameHost() == SameHost.TCP) {
      return;
    }
    try (SharedMemory memory = new SharedMemory(members, options)) {
      byte[] readable = memory.open(allGather(memory.offer()));
      memory.share(mesh.links, allGather(readable));
    }
    sequence = 0;
    recorder = new StatsRecorder();
  }

  @Override
  public int rank() {
    return members.rank();
  }

  @Override
  public int worldSize() {
    return members.worldSize();
  }

  @Override
  public void phase(String name) {
    phase = name;
  }

  @Override
  public void working(String text) {
    running.lock();
    try {
      if (!closed) {
        mesh.note(text);
      }
    } finally {
      running.unlock();
    }
  }

  @Override
  public void reduceScatter(ByteBuffer floats, Slices slices) {
    runFloats(Operation.REDUCE_SCATTER, floats, slices);
  }

  @Override
  public void allGather(ByteBuffer floats, Slices slices) {
    runFloats(Operation.ALL_GATHER, floats, slices);
  }

  @Override
  public void allReduce(ByteBuffer floats) {
    runFloats(
        Operation.ALL_REDUCE, floats, Slices.even(floats.remaining() / Float.BYTES, worldSize()));
  }

  /** A large buffer goes out in slices, which the other ranks pass on to each other. */
  @Override
  public void broadcast(ByteBuffer bytes, int root) {
    Arguments.requireDirect(bytes);
    Arguments.requireRank("root", root, worldSize());
    int size = bytes.remaining();
    long[] all = new long[worldSize()];
    all[root] = size;
    Slices slices =
        size <= options.chunkBytes() ? Slices.ofLengths(all) : Slices.even(size, worldSize());
    run(Operation.BROADCAST, bytes, slices, 1, root);
  }

  @Override
  public void barrier() {
    run(Operation.BARRIER, NOTHING, Slices.even(0, worldSize()), 1, NO_ROOT);
  }

  @Override
  public List<byte[]> allGather(byte[] small) {
    return smallObjects.allGather(small);
  }

  @Override
  public double[] sum(double... values) {
    return smallObjects.sum(values);
  }

  @Override
  public void check(String what) {
    running.lock();
    try {
      requireOpen(what);
      exchange.hear();
    } catch (Breakdown e) {
      throw breakDown(what, e);
    } finally {
      running.unlock();
    }
  }

  @Override
  public CollectiveStats stats() {
    return recorder.stats();
  }

  @Override
  public void abort(Throwable cause) {
    end(Breakdown.own(label + " failed: " + words(cause), cause));
  }

  /** What a failure says stands for itself; of others the class says most. A full stop follows. */
  private static String words(Throwable cause) {
    String words = cause instanceof Failure ? cause.getMessage() : cause.toString();
    return words.replaceFirst("\\.$", "");
  }

  @Override
  public void close() {
    end(null);
  }

  private void runFloats(Operation operation, ByteBuffer floats, Slices slices) {
    Arguments.requireFloats(floats, slices, worldSize());
    run(operation, floats, slices, Float.BYTES, NO_ROOT);
  }

  private void run(
      Operation operation, ByteBuffer data, Slices slices, int elementBytes, int root) {
    if (!running.tryLock()) {
      throw new IllegalStateException(
          "Cannot start " + operation.label() + ": another thread runs or closes the collective.");
    }
    try {
      Wire wire = operation.adds() ? options.wire() : Wire.FP32;
      Route route =
          options.route().of(operation, data.remaining(), wire, members, options.chunkBytes());
      if (route == Route.RING) {
        // Whoever is late is found out here, where everyone waits for everyone.
        start(Operation.BARRIER, NOTHING, Slices.even(0, worldSize()), 1, root, wire, Route.DIRECT);
      }
      start(operation, data, slices, elementBytes, root, wire, route);
    } finally {
      running.unlock();
    }
  }

  private void start(
      Operation operation,
      ByteBuffer data,
      Slices slices,
      int elementBytes,
      int root,
      Wire wire,
      Route route) {
    Call call =
        new Call(
            operation, phase, sequence + 1, data.slice(), slices, elementBytes, root, wire, route);
    requireOpen(call);
    sequence++;
    exchange(call);
  }

  private void exchange(Call call) {
    long start = System.nanoTime();
    try {
      exchange.run(call);
    } catch (Breakdown e) {
      throw breakDown(call, e);
    } catch (RuntimeException | Error e) {
      breakDown(call, Breakdown.own(label + " failed: " + e, e));
      throw e;
    }
    recorder.add(call.operation(), System.nanoTime() - start, exchange.waitedNanos(), mesh.links);
  }

  private void requireOpen(Object call) {
    if (breakdown != null) {
      throw new WorkerLost(
          "Cannot start " + call + ": " + breakdown.getMessage() + ".",
          failure == null ? breakdown.getCause() : failure);
    }
    if (closed) {
      throw new IllegalStateException("Cannot start " + call + ": the collective is closed.");
    }
  }

  /** Ends the operation that runs, if any, and then the connections. */
  private void end(Breakdown reason) {
    exchange.stop(reason == null ? label + " has closed its collective" : reason.getMessage());
    running.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      breakdown = reason;
      if (reason == null) {
        mesh.goodbye();
      } else {
        mesh.abort(reason.report());
      }
    } finally {
      running.unlock();
    }
  }

  private WorkerLost breakDown(Object call, Breakdown reason) {
    closed = true;
    breakdown = reason;
    failure =
        new WorkerLost(
            "Cannot finish " + call + ": " + reason.getMessage() + ".", reason.getCause());
    mesh.abort(reason.report());
    return failure;
  }
}
