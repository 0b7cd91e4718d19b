package org.clapperboard.collective;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.channels.SelectionKey;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs operations, one at a time, on the thread that calls: receives, adds and sends whatever can
 * move, and sleeps in the selector when nothing can.
 *
 * <p>{@link Plan} says which slices go where; what is done here is the same for all operations. In
 * an all-reduce a chunk sets out from its owner as soon as it is added up, while later chunks still
 * come in. That may overwrite the caller's buffer early but never too early: the owner has this
 * rank's part by then.
 *
 * <p>Between operations nobody reads. What a faster rank sends for its next operation waits in the
 * kernel, behind at most one header.
 */
final class Exchange {

  private final String label;
  private final Mesh mesh;
  private final Link[] links;
  private final Lateness lateness;
  private final LastWords lastWords;
  private final RankOrderSum sum;
  private final Plan plan;
  private final Consumer<SelectionKey> mark = this::mark;

  private volatile String stopped;

  private Call call;
  private long markNanos;
  private long waitedNanos;

  Exchange(Membership members, Mesh mesh, CollectiveOptions options) {
    this.label = members.describe(members.rank());
    this.mesh = mesh;
    this.links = mesh.links;
    this.lateness = new Lateness(mesh, options.deadline());
    this.lastWords = new LastWords(label, mesh);
    this.sum = new RankOrderSum(members.rank(), members.worldSize(), options.chunkBytes());
    this.plan = new Plan(members.rank(), members.worldSize(), links, sum);
  }

  /** Ends the operation that runs now, or the next one, from another thread. */
  void stop(String why) {
    stopped = why;
    mesh.selector.wakeup();
  }

  /**
   * Runs an operation to its end.
   *
   * @throws Breakdown if it cannot be finished; the links may then be in the middle of a frame
   */
  void run(Call next) {
    call = next;
    waitedNanos = 0;
    markNanos = System.nanoTime();
    plan.begin(call, markNanos);
    while (!isFinished()) {
      checkStopped();
      if (!step()) {
        await();
      }
    }
    sum.end();
    for (Link link : links) {
      link.end();
    }
  }

  /**
   * Takes in what the others have said, while no operation runs.
   *
   * @throws Breakdown if one has aborted or is lost
   */
  void hear() {
    for (Lifeline lifeline : mesh.lifelines) {
      lastWords.hear(lifeline);
    }
  }

  /** How long the last operation had nothing to do but wait. */
  long waitedNanos() {
    return waitedNanos;
  }

  private boolean isFinished() {
    for (Link link : links) {
      if (!link.isIdle()) {
        return false;
      }
    }
    return sum.isDone();
  }

  private void checkStopped() {
    if (stopped != null) {
      throw Breakdown.own(stopped, null);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw Breakdown.own(label + " was interrupted", null);
    }
  }

  /** Moves at most one frame per link and direction; false if there was nothing to do. */
  private boolean step() {
    boolean busy = false;
    for (Link link : links) {
      busy |= receiveFrom(link);
    }
    if (sum.advance()) {
      busy = true;
      releaseAdded();
    }
    for (Link link : links) {
      busy |= sendTo(link);
    }
    return busy;
  }

  private void releaseAdded() {
    for (Link link : links) {
      if (link.releaseAdded(sum.finished())) {
        wake(link);
      }
    }
  }

  private void wake(Link link) {
    try {
      mesh.wake(link.rank);
    } catch (IOException e) {
      throw lastWords.ofBroken(link, e);
    }
  }

  private boolean receiveFrom(Link link) {
    try {
      boolean busy = receive(link);
      if (link.hasEnded() && link.expectsData()) {
        throw lastWords.ofBroken(link, null);
      }
      return busy;
    } catch (ProtocolException e) {
      throw seen(link, e.getMessage(), e);
    } catch (IOException e) {
      throw lastWords.ofBroken(link, e);
    }
  }

  private boolean sendTo(Link link) {
    try {
      return send(link);
    } catch (IOException e) {
      throw lastWords.ofBroken(link, e);
    }
  }

  /** Takes one frame in; false if none is complete. */
  private boolean receive(Link link) throws IOException {
    if (!link.isTakingPayload() && !(link.readHeader() && accept(link))) {
      return false;
    }
    if (!link.readPayload()) {
      return false;
    }
    Flow flow = flowOf(link);
    boolean added = link.header.leg == Frame.TO_OWNER && sum.isAdding();
    if (!added) {
      link.place(flow);
    }
    if (link.header.leg == Frame.TO_OWNER) {
      sum.arrived(flow.next());
    }
    flow.advance();
    return true;
  }

  /** Finds the place for the payload of a frame; false if the frame has to wait. */
  private boolean accept(Link link) throws ProtocolException {
    Frame header = link.header;
    if (!link.expectsData()) {
      return false;
    }
    String difference = header.differenceFrom(call, label);
    if (difference != null) {
      throw seen(link, difference, null);
    }
    Flow flow = flowOf(link);
    if (flow.isDone()
        || header.chunk != flow.next()
        || header.payloadBytes != link.wireBytes(flow)) {
      throw seen(link, "sent chunk " + header.chunk + " out of order", null);
    }
    if (header.leg == Frame.TO_OWNER && !sum.hasRoomFor(header.chunk)) {
      link.movedNanos = markNanos; // This rank is behind, not the peer.
      return false;
    }
    boolean adds = header.leg == Frame.TO_OWNER && sum.isAdding();
    if (link.isShared()) {
      if (adds) {
        link.lendPayload(sum);
      } else if (link.copyPayloadAt(flow.offset())) {
        wake(link);
      }
    } else if (adds) {
      link.takePayload(sum.roomFor(link.rank, header.chunk, header.payloadBytes));
    } else {
      link.takePayloadAt(flow.offset());
    }
    return true;
  }

  private Breakdown seen(Link link, String what, IOException cause) {
    return Breakdown.observed(label, link.label + " " + what, cause);
  }

  private static Flow flowOf(Link link) {
    return link.header.leg == Frame.TO_OWNER ? link.toOwnerIn : link.fromOwnerIn;
  }

  /** Sends one frame; false if there is none or the kernel has no room. */
  private boolean send(Link link) throws IOException {
    return (link.isSending() || start(link)) && link.write();
  }

  private boolean start(Link link) {
    link.lookAgain();
    Flow finished = link.fromOwnerOut;
    Flow parts = link.toOwnerOut;
    boolean ready = !finished.isDone() && plan.isFinishedReady(finished);
    return (ready && link.startFrame(call, Frame.FROM_OWNER, finished))
        || (!parts.isDone()
            && plan.isPartReady(parts)
            && link.startFrame(call, Frame.TO_OWNER, parts));
  }

  private void await() {
    for (Link link : links) {
      link.waitForMore();
    }
    long before = System.nanoTime();
    long patienceNanos = lateness.patienceNanos(before);
    if (patienceNanos == Lateness.NOBODY) {
      throw new IllegalStateException("Unfinished, but there is nothing to wait for.");
    }
    try {
      int moved = select(patienceNanos);
      markNanos = System.nanoTime();
      waitedNanos += markNanos - before;
      if (moved == 0 && patienceNanos <= 0) {
        throw Breakdown.observed(label, lateness.describe(before), null);
      }
    } catch (IOException e) {
      throw Breakdown.own(label + " cannot use its sockets: " + e.getMessage(), e);
    }
  }

  private void woken(int rank) {
    for (Link link : links) {
      if (link.rank == rank && link.isStarved()) {
        link.movedNanos = System.nanoTime();
      }
    }
  }

  private int select(long nanos) throws IOException {
    return nanos <= 0
        ? mesh.selector.selectNow(mark)
        : mesh.selector.select(mark, TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
  }

  private void mark(SelectionKey key) {
    if (key.attachment() instanceof Link link) {
      link.ready(key.readyOps());
      link.movedNanos = System.nanoTime();
    } else if (key.attachment() instanceof Lifeline lifeline) {
      lastWords.hear(lifeline);
      if (lifeline.hasWoken()) {
        woken(lifeline.rank);
      }
    }
  }
}
