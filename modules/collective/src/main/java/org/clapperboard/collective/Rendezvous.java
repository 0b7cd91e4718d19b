package org.clapperboard.collective;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Connects one rank with all others: dials the lower ranks, is called by the higher ones, and lets
 * strangers neither in nor in the way.
 *
 * <p>All connections are worked on at once, so one that says nothing delays nobody; it is closed
 * after a while, or earlier when too many wait. A call that fails before the proof is repeated.
 */
final class Rendezvous {

  private static final Logger LOG = System.getLogger(Rendezvous.class.getName());
  private static final Duration CALLER_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(20);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final int STRANGERS_AT_MOST = 256;

  /** A connection on which the handshake is under way. */
  private static final class Attempt {
    final SocketChannel channel;
    final Handshake handshake;
    final Dial dial;
    final long endNanos;

    Attempt(SocketChannel channel, Handshake handshake, Dial dial, long endNanos) {
      this.channel = channel;
      this.handshake = handshake;
      this.dial = dial;
      this.endNanos = endNanos;
    }
  }

  /** A connection that this rank has to open. */
  private static final class Dial {
    final int peer;
    final int stream;
    long dueNanos;
    Duration pause = FIRST_PAUSE;
    boolean underWay;
    String lastFailure;

    Dial(int peer, int stream, long dueNanos) {
      this.peer = peer;
      this.stream = stream;
      this.dueNanos = dueNanos;
    }
  }

  private final Membership members;
  private final JobKey key;
  private final CollectiveOptions options;
  private final ServerSocketChannel listener;
  private final Seats seats;
  private final int callersAtMost;
  private final Deque<Attempt> callers = new ArrayDeque<>();
  private final List<Attempt> calls = new ArrayList<>();
  private final List<Dial> dials = new ArrayList<>();
  private Selector selector;

  Rendezvous(
      Membership members, JobKey key, CollectiveOptions options, ServerSocketChannel listener) {
    this.members = members;
    this.key = key;
    this.options = options;
    this.listener = listener;
    this.seats = new Seats(members, options);
    this.callersAtMost = STRANGERS_AT_MOST + seats.missing();
  }

  /**
   * Connects with all peers.
   *
   * @throws Breakdown if a rank does not arrive in time or can never work with this one
   */
  Mesh meet() throws IOException {
    Mesh mesh = null;
    try (Selector own = Selector.open()) {
      selector = own;
      listener.configureBlocking(false);
      listener.register(selector, SelectionKey.OP_ACCEPT);
      connectAll();
      mesh = seats.mesh();
    } finally {
      callers.forEach(attempt -> Mesh.closeQuietly(attempt.channel));
      calls.forEach(attempt -> Mesh.closeQuietly(attempt.channel));
      if (mesh == null) {
        seats.close();
      }
    }
    return mesh;
  }

  private void connectAll() throws IOException {
    long now = System.nanoTime();
    long end = now + options.connectTimeout().toNanos();
    for (int peer = 0; peer < members.rank(); peer++) {
      for (int stream = 0; stream < Seats.perPeer(options); stream++) {
        dials.add(new Dial(peer, stream, now));
      }
    }
    while (seats.missing() > 0) {
      now = System.nanoTime();
      if (Thread.currentThread().isInterrupted()) {
        throw Breakdown.own(members.describe(members.rank()) + " was interrupted", null);
      }
      if (now - end >= 0) {
        throw Breakdown.own(absentRanks(), null);
      }
      dialWhoIsDue(now, end);
      dropSilentCallers(now);
      long millis = TimeUnit.NANOSECONDS.toMillis(wakeUp(end) - now);
      selector.select(this::proceed, Math.max(1, millis + 1));
    }
  }

  private void dialWhoIsDue(long now, long end) throws IOException {
    for (Dial dial : dials) {
      if (!dial.underWay && now - dial.dueNanos >= 0) {
        dial(dial, end);
      }
    }
  }

  private void dial(Dial dial, long end) throws IOException {
    Peer peer = members.peers().get(dial.peer);
    dial.underWay = true;
    Handshake handshake = Handshake.dialer(members, key, options, dial.peer, dial.stream);
    Attempt attempt = new Attempt(SocketChannel.open(), handshake, dial, end);
    calls.add(attempt);
    try {
      configure(attempt.channel);
      InetSocketAddress address = new InetSocketAddress(peer.host(), peer.port());
      if (address.isUnresolved()) {
        throw new IOException("unknown host " + peer.host());
      }
      boolean connected = attempt.channel.connect(address);
      int interest = connected ? SelectionKey.OP_WRITE : SelectionKey.OP_CONNECT;
      attempt.channel.register(selector, interest, attempt);
    } catch (IOException e) {
      giveUp(attempt, e);
    }
  }

  private void configure(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    if (options.socketBufferBytes() > 0) {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, options.socketBufferBytes());
      channel.setOption(StandardSocketOptions.SO_RCVBUF, options.socketBufferBytes());
    }
  }

  private void proceed(SelectionKey ready) {
    if (!ready.isValid()) {
      return; // Given up earlier in this round.
    }
    if (!(ready.attachment() instanceof Attempt attempt)) {
      acceptCallers();
      return;
    }
    try {
      if (ready.isConnectable()) {
        attempt.channel.finishConnect();
      }
      if (attempt.handshake.advance(attempt.channel)) {
        ready.cancel();
        seat(attempt);
      } else {
        boolean sending = attempt.handshake.isSending();
        ready.interestOps(sending ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
      }
    } catch (IOException e) {
      giveUp(attempt, e);
    }
  }

  private void acceptCallers() {
    try {
      SocketChannel channel = listener.accept();
      while (channel != null) {
        admit(channel);
        channel = listener.accept();
      }
    } catch (IOException e) {
      String who = members.describe(members.rank());
      throw Breakdown.own(who + " cannot accept connections: " + e.getMessage(), e);
    }
  }

  private void admit(SocketChannel channel) {
    Handshake handshake = Handshake.acceptor(members, key, options, seats::isFree);
    long end = System.nanoTime() + CALLER_TIMEOUT.toNanos();
    Attempt attempt = new Attempt(channel, handshake, null, end);
    callers.add(attempt);
    try {
      configure(channel);
      channel.register(selector, SelectionKey.OP_READ, attempt);
    } catch (IOException e) {
      giveUp(attempt, e);
    }
    if (callers.size() > callersAtMost) {
      giveUp(callers.peek(), new IOException("too many others wait"));
    }
  }

  private void dropSilentCallers(long now) {
    while (!callers.isEmpty() && now - callers.peek().endNanos >= 0) {
      giveUp(callers.peek(), new IOException("it proved nothing in time"));
    }
  }

  private void seat(Attempt attempt) throws IOException {
    int peer = attempt.handshake.peer();
    int stream = attempt.handshake.stream();
    if (!seats.isFree(peer, stream)) {
      throw new IOException(members.describe(peer) + " is connected already");
    }
    seats.take(peer, stream, attempt.channel, attempt.handshake.seals());
    forget(attempt);
  }

  private void giveUp(Attempt attempt, IOException why) {
    forget(attempt);
    if (attempt.dial == null) {
      LOG.log(
          Level.WARNING, "Refused a connection from {0}: {1}.", remote(attempt), why.getMessage());
    } else {
      Dial dial = attempt.dial;
      dial.underWay = false;
      dial.lastFailure = why.getMessage();
      dial.dueNanos = System.nanoTime() + dial.pause.toNanos();
      Duration longer = dial.pause.multipliedBy(2);
      dial.pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
    }
    Mesh.closeQuietly(attempt.channel);
  }

  private void forget(Attempt attempt) {
    (attempt.dial == null ? callers : calls).remove(attempt);
  }

  private static String remote(Attempt attempt) {
    return String.valueOf(attempt.channel.socket().getRemoteSocketAddress());
  }

  private long wakeUp(long end) {
    long first = callers.isEmpty() ? end : Math.min(end, callers.peek().endNanos);
    for (Dial dial : dials) {
      if (!dial.underWay) {
        first = Math.min(first, dial.dueNanos);
      }
    }
    return first;
  }

  private String absentRanks() {
    List<String> absent = new ArrayList<>();
    for (int peer : seats.absentRanks()) {
      absent.add(members.describe(peer) + whyAbsent(peer));
    }
    return String.join(", ", absent)
        + " did not connect within "
        + options.connectTimeout().toMillis() / 1000.0
        + " s";
  }

  private String whyAbsent(int peer) {
    for (Dial dial : dials) {
      if (dial.peer == peer && dial.lastFailure != null) {
        return " [" + dial.lastFailure + "]";
      }
    }
    return "";
  }
}
