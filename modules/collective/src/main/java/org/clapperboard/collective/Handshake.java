package org.clapperboard.collective;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Proves on a new connection, to both sides, that the other one holds the key of the job: mutual
 * challenge and response with HMAC-SHA-256. Of two ranks the higher one dials.
 *
 * <p>Four messages of fixed size; integers are big-endian, and a MAC covers an ASCII label, a zero
 * byte, and the named messages.
 *
 * <pre>
 * hello, from the dialer: 88 bytes
 *  0  8  "CLAPHELO"
 *  8  4  protocol version, 3
 * 12  4  rank of the dialer
 * 16  4  rank of the acceptor
 * 20  4  stream: which of the connections between the two, the last one being the lifeline
 * 24  4  world size
 * 28  4  chunk bytes
 * 32  4  streams
 * 36  4  ways, added up: 1 encrypted with AES-GCM, 2 memory between ranks of a host,
 *        4 numbers to add as bfloat16,
 *        8 all directly, 16 all along the ring
 * 40 16  job: SHA-256 of its name, cut
 * 56 32  nonce of the dialer
 *
 * challenge, from the acceptor: 92 bytes
 *  0  8  "CLAPCHAL"
 *  8  4  protocol version, 3
 * 12  4  world size
 * 16  4  chunk bytes
 * 20  4  streams
 * 24  4  ways
 * 28 32  nonce of the acceptor
 * 60 32  MAC "acceptor" over hello and the 60 bytes before
 *
 * response, from the dialer: 32 bytes, MAC "dialer" over hello and challenge
 * welcome, from the acceptor: 32 bytes, MAC "welcome" over hello, challenge and response
 * </pre>
 *
 * <p>Both nonces are in every MAC, so nothing of an earlier handshake can be used again; the labels
 * keep one side's proof from serving as the other's. Keys for encryption are MACs of the same three
 * messages under labels of their own, one per direction, so they belong to this connection alone. A
 * connection holds no seat before its response was right, and any mistake before that closes it
 * without a word. World size, chunk, streams and ways are compared after the proof: then they are a
 * misconfigured rank and not a stranger.
 */
final class Handshake {

  static final int HELLO_BYTES = 88;
  static final int CHALLENGE_BYTES = 92;

  private static final int VERSION = 3;
  private static final int MAGIC_BYTES = 8;
  private static final int NONCE_BYTES = 32;
  private static final byte[] HELLO = "CLAPHELO".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CHALLENGE = "CLAPCHAL".getBytes(StandardCharsets.US_ASCII);
  private static final SecureRandom RANDOM = new SecureRandom();

  private enum Step {
    SEND_HELLO(true),
    SEND_CHALLENGE(true),
    SEND_RESPONSE(true),
    SEND_WELCOME(true),
    READ_HELLO(false),
    READ_CHALLENGE(false),
    READ_RESPONSE(false),
    READ_WELCOME(false),
    DONE(false);

    private final boolean sends;

    Step(boolean sends) {
      this.sends = sends;
    }
  }

  /** Says whether a rank still lacks a connection. */
  interface Seats {
    boolean isFree(int peer, int stream);
  }

  /** What both sides must have configured alike. */
  private record Terms(int worldSize, int chunkBytes, int streams, int ways) {
    private static final int ENCRYPTED = 1;
    private static final int SHARES_MEMORY = 2;
    private static final int HALVES = 4;
    private static final int DIRECT = 8;
    private static final int RING = 16;

    static Terms of(Membership members, CollectiveOptions options) {
      int ways =
          (options.encryption() == Encryption.AES_GCM ? ENCRYPTED : 0)
              | (options.sameHost() == SameHost.SHARED_MEMORY ? SHARES_MEMORY : 0)
              | (options.wire() == Wire.BF16 ? HALVES : 0)
              | (options.route() == Route.DIRECT ? DIRECT : 0)
              | (options.route() == Route.RING ? RING : 0);
      return new Terms(members.worldSize(), options.chunkBytes(), options.streams(), ways);
    }

    void put(ByteBuffer out) {
      out.putInt(worldSize).putInt(chunkBytes).putInt(streams).putInt(ways);
    }

    static Terms from(ByteBuffer in) {
      return new Terms(in.getInt(), in.getInt(), in.getInt(), in.getInt());
    }

    private Route route() {
      return (ways & RING) != 0 ? Route.RING : (ways & DIRECT) != 0 ? Route.DIRECT : Route.AUTO;
    }

    boolean encrypted() {
      return (ways & ENCRYPTED) != 0;
    }

    @Override
    public String toString() {
      return "%d ranks, chunks of %d bytes, %d streams, encryption %s, %s within a host, sums of %s, route %s"
          .formatted(
              worldSize,
              chunkBytes,
              streams,
              encrypted() ? Encryption.AES_GCM : Encryption.OFF,
              (ways & SHARES_MEMORY) != 0 ? SameHost.SHARED_MEMORY : SameHost.TCP,
              (ways & HALVES) != 0 ? Wire.BF16 : Wire.FP32,
              route());
    }
  }

  private final Membership members;
  private final JobKey key;
  private final Terms terms;
  private final byte[] hello = new byte[HELLO_BYTES];
  private final byte[] challenge = new byte[CHALLENGE_BYTES];
  private byte[] response = new byte[JobKey.MAC_BYTES];
  private byte[] welcome = new byte[JobKey.MAC_BYTES];

  private Seats seats;
  private int peer;
  private int stream;
  private Step step;
  private ByteBuffer message;

  private Handshake(Membership members, JobKey key, CollectiveOptions options) {
    this.members = members;
    this.key = key;
    this.terms = Terms.of(members, options);
  }

  /** The side that called a lower rank. */
  static Handshake dialer(
      Membership members, JobKey key, CollectiveOptions options, int peer, int stream) {
    Handshake handshake = new Handshake(members, key, options);
    handshake.peer = peer;
    handshake.stream = stream;
    handshake.fillHello();
    handshake.enter(Step.SEND_HELLO, handshake.hello);
    return handshake;
  }

  /** The side that was called, by whom it does not know yet. */
  static Handshake acceptor(
      Membership members, JobKey key, CollectiveOptions options, Seats seats) {
    Handshake handshake = new Handshake(members, key, options);
    handshake.seats = seats;
    handshake.enter(Step.READ_HELLO, handshake.hello);
    return handshake;
  }

  /**
   * Goes as far as the connection allows without blocking.
   *
   * @return true when both sides have proved themselves
   * @throws IOException if the connection is gone or the other side is a stranger
   * @throws Breakdown if the other side belongs to the job but can never work with this rank, or
   *     the address of a rank is held by a stranger
   */
  boolean advance(SocketChannel channel) throws IOException {
    while (step != Step.DONE) {
      if (!transfer(channel)) {
        return false;
      }
      next();
    }
    return true;
  }

  boolean isSending() {
    return step.sends;
  }

  /** The rank at the other end; proved when {@link #advance} has returned true. */
  int peer() {
    return peer;
  }

  int stream() {
    return stream;
  }

  /** What encrypts this connection, or null if it stays plain; once, when all is proved. */
  Seals seals() {
    if (!terms.encrypted()) {
      return null;
    }
    byte[] fromDialer = key.mac("key of the dialer", hello, challenge, response);
    byte[] fromAcceptor = key.mac("key of the acceptor", hello, challenge, response);
    return seats == null
        ? new Seals(Seal.sending(fromDialer), Seal.receiving(fromAcceptor))
        : new Seals(Seal.sending(fromAcceptor), Seal.receiving(fromDialer));
  }

  private boolean transfer(SocketChannel channel) throws IOException {
    if (step.sends) {
      channel.write(message);
    } else if (channel.read(message) < 0) {
      throw new EOFException("the other side hung up");
    }
    switch (step) {
      case READ_HELLO -> requireMagic(HELLO);
      case READ_CHALLENGE -> requireMagic(CHALLENGE);
      default -> {}
    }
    return !message.hasRemaining();
  }

  private void next() throws IOException {
    switch (step) {
      case SEND_HELLO -> enter(Step.READ_CHALLENGE, challenge);
      case READ_CHALLENGE -> {
        checkChallenge();
        response = key.mac("dialer", hello, challenge);
        enter(Step.SEND_RESPONSE, response);
      }
      case SEND_RESPONSE -> {
        checkTerms();
        enter(Step.READ_WELCOME, welcome);
      }
      case READ_WELCOME -> {
        requireProof(welcome, key.mac("welcome", hello, challenge, response));
        enter(Step.DONE, welcome);
      }
      case READ_HELLO -> {
        checkHello();
        fillChallenge();
        enter(Step.SEND_CHALLENGE, challenge);
      }
      case SEND_CHALLENGE -> enter(Step.READ_RESPONSE, response);
      case READ_RESPONSE -> {
        requireProof(response, key.mac("dialer", hello, challenge));
        checkDialer();
        welcome = key.mac("welcome", hello, challenge, response);
        enter(Step.SEND_WELCOME, welcome);
      }
      case SEND_WELCOME -> enter(Step.DONE, welcome);
      case DONE -> throw new IllegalStateException("The handshake is over.");
    }
  }

  private void enter(Step nextStep, byte[] bytes) {
    step = nextStep;
    message = ByteBuffer.wrap(bytes);
  }

  private void fillHello() {
    ByteBuffer out = ByteBuffer.wrap(hello);
    out.put(HELLO).putInt(VERSION).putInt(members.rank()).putInt(peer).putInt(stream);
    terms.put(out);
    out.put(key.jobHash()).put(nonce());
  }

  private void fillChallenge() {
    ByteBuffer out = ByteBuffer.wrap(challenge);
    out.put(CHALLENGE).putInt(VERSION);
    terms.put(out);
    out.put(nonce());
    out.put(key.mac("acceptor", hello, Arrays.copyOf(challenge, out.position())));
  }

  private static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  /** As early as the first wrong byte, so that a stranger is not kept. */
  private void requireMagic(byte[] magic) throws ProtocolException {
    int count = Math.min(message.position(), MAGIC_BYTES);
    if (!Arrays.equals(message.array(), 0, count, magic, 0, count)) {
      throw new ProtocolException("it does not speak this protocol");
    }
  }

  private void checkHello() throws ProtocolException {
    ByteBuffer in = ByteBuffer.wrap(hello).position(MAGIC_BYTES);
    requireVersion(in.getInt());
    peer = in.getInt();
    int called = in.getInt();
    stream = in.getInt();
    byte[] job = new byte[JobKey.JOB_BYTES];
    in.get(40, job);
    if (!Arrays.equals(job, key.jobHash())) {
      throw new ProtocolException("it belongs to another job");
    }
    if (called != members.rank()) {
      throw new ProtocolException("it calls rank " + called);
    }
  }

  private void checkDialer() throws ProtocolException {
    Terms theirs = Terms.from(ByteBuffer.wrap(hello).position(24));
    if (!theirs.equals(terms)) {
      throw disagreement("rank " + peer, theirs);
    }
    if (peer <= members.rank() || peer >= members.worldSize()) {
      throw new ProtocolException("it says that it is rank " + peer);
    }
    if (stream < 0 || stream > terms.streams()) {
      throw new ProtocolException("it says that it is stream " + stream);
    }
    if (!seats.isFree(peer, stream)) {
      throw new ProtocolException(members.describe(peer) + " is connected already");
    }
  }

  private void checkChallenge() throws ProtocolException {
    requireVersion(ByteBuffer.wrap(challenge).getInt(MAGIC_BYTES));
    int macAt = CHALLENGE_BYTES - JobKey.MAC_BYTES;
    byte[] proof = Arrays.copyOfRange(challenge, macAt, CHALLENGE_BYTES);
    byte[] expected = key.mac("acceptor", hello, Arrays.copyOf(challenge, macAt));
    if (!MessageDigest.isEqual(proof, expected)) {
      String who = members.describe(peer);
      throw Breakdown.observed(us(), who + " does not hold the key of this job", null);
    }
  }

  /** After the response, so that the acceptor can tell a misconfigured rank from a stranger. */
  private void checkTerms() {
    Terms theirs = Terms.from(ByteBuffer.wrap(challenge).position(12));
    if (!theirs.equals(terms)) {
      throw disagreement(members.describe(peer), theirs);
    }
  }

  private Breakdown disagreement(String who, Terms theirs) {
    return Breakdown.observed(us(), who + " has " + theirs + ", " + us() + " has " + terms, null);
  }

  private String us() {
    return members.describe(members.rank());
  }

  private static void requireVersion(int version) throws ProtocolException {
    if (version != VERSION) {
      throw new ProtocolException("it speaks version " + version + ", not " + VERSION);
    }
  }

  private static void requireProof(byte[] proof, byte[] expected) throws ProtocolException {
    if (!MessageDigest.isEqual(proof, expected)) {
      throw new ProtocolException("it does not hold the key of this job");
    }
  }
}
