package org.clapperboard.collective;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * One authenticated connection to one peer: frames out, frames in, never blocking.
 *
 * <p>With encryption a frame is sealed into, and opened from, buffers of this connection; without,
 * payloads go straight from and to the caller's.
 */
final class Link implements Closeable {

  /** Room behind a payload for the next header and a small payload, to save system calls. */
  private static final int INBOX_BYTES = 4096;

  /** What goes behind its header even where memory is shared. */
  private static final int SMALL_BYTES = 512;

  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);

  final int rank;
  final int stream;
  final String label;
  final Flow toOwnerOut;
  final Flow toOwnerIn;
  final Flow fromOwnerOut;
  final Flow fromOwnerIn;

  /** The header that was read last; valid while {@link #hasHeader}. */
  final Frame header = new Frame();

  /** When bytes moved last, by {@link System#nanoTime}. */
  long movedNanos;

  private final SocketChannel channel;
  private final Seals seals;
  private SelectionKey key;
  private boolean readable;
  private boolean ended;
  private boolean writable = true;

  private final ByteBuffer inbox = ByteBuffer.allocateDirect(INBOX_BYTES).flip();
  private final ByteBuffer[] scatter = {null, inbox};
  private boolean hasHeader;

  private final ByteBuffer plainHeader = ByteBuffer.allocateDirect(Frame.HEADER_BYTES);
  private final ByteBuffer sealedOut;
  private final ByteBuffer sealedIn;
  private ByteBuffer opened;

  private final ByteBuffer outHeader =
      ByteBuffer.allocateDirect(Frame.HEADER_BYTES + Seal.TAG_BYTES);
  private final ByteBuffer[] gather = {outHeader, null};
  private boolean sending;

  private final int streams;
  private final int chunkBytes;
  private Ring[] out;
  private Ring[] in;
  private boolean starved;
  private int lent;
  private int oldestLent;

  private Wire wire = Wire.FP32;
  private Bfloat16 bfloat16;
  private Chunk halvesOut;
  private Chunk halvesIn;

  private ByteBuffer outView;
  private ByteBuffer inView;
  private long bytesSent;
  private long bytesReceived;

  Link(
      SocketChannel channel,
      Seals seals,
      int rank,
      String label,
      int stream,
      CollectiveOptions options) {
    this.channel = channel;
    this.seals = seals;
    int sealedBytes = seals == null ? 0 : options.chunkBytes() + Seal.TAG_BYTES;
    this.sealedOut = ByteBuffer.allocateDirect(sealedBytes);
    this.sealedIn = ByteBuffer.allocateDirect(sealedBytes);
    this.rank = rank;
    this.stream = stream;
    this.streams = options.streams();
    this.chunkBytes = options.chunkBytes();
    this.label = label;
    this.toOwnerOut = new Flow(options.chunkBytes(), stream, options.streams());
    this.toOwnerIn = new Flow(options.chunkBytes(), stream, options.streams());
    this.fromOwnerOut = new Flow(options.chunkBytes(), stream, options.streams());
    this.fromOwnerIn = new Flow(options.chunkBytes(), stream, options.streams());
  }

  /** Lets payloads to the peer go through memory, by legs. */
  void sendThrough(Ring[] rings) {
    out = rings;
  }

  /** Lets payloads of the peer come through memory, by legs. */
  void receiveThrough(Ring[] rings) {
    in = rings;
  }

  void register(Selector selector) throws IOException {
    key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  /** Starts an operation: nothing planned yet in either direction. */
  void begin(Call call, long nowNanos) {
    wire = call.wire();
    outView = call.data().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    inView = call.data().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    toOwnerOut.planNothing();
    toOwnerIn.planNothing();
    fromOwnerOut.planNothing();
    fromOwnerIn.planNothing();
    movedNanos = nowNanos;
    starved = false;
    oldestLent = stream;
    bytesSent = 0;
    bytesReceived = 0;
  }

  /** Forgets the caller's buffer. */
  void end() {
    outView = null;
    inView = null;
    gather[1] = null;
    scatter[0] = null;
    opened = null;
  }

  boolean expectsData() {
    return !toOwnerIn.isDone() || !fromOwnerIn.isDone();
  }

  boolean isIdle() {
    return !sending && !expectsData() && toOwnerOut.isDone() && fromOwnerOut.isDone();
  }

  long bytesSent() {
    return bytesSent;
  }

  long bytesReceived() {
    return bytesReceived;
  }

  /** Notes what the selector says. */
  void ready(int operations) {
    readable |= (operations & SelectionKey.OP_READ) != 0;
    writable |= (operations & SelectionKey.OP_WRITE) != 0;
  }

  /** Whether the peer has to take something before more can be sent. */
  boolean isBlockedSending() {
    return starved || isBlockedWriting();
  }

  private boolean isBlockedWriting() {
    return sending && !writable;
  }

  /** Whether memory for the peer was full when last looked at. */
  boolean isStarved() {
    return starved;
  }

  /** False while a header waits for its operation or for room, and after the end. */
  boolean isReading() {
    return !ended && (!hasHeader || isTakingPayload());
  }

  /** Whether the peer sends no more. */
  boolean hasEnded() {
    return ended;
  }

  /** Tells the selector what this connection waits for. */
  void waitForMore() {
    int interest =
        (isReading() ? SelectionKey.OP_READ : 0) | (isBlockedWriting() ? SelectionKey.OP_WRITE : 0);
    if (key.interestOps() != interest) {
      key.interestOps(interest);
    }
  }

  boolean isSending() {
    return sending;
  }

  /** Makes the next chunk of a flow the frame under way; false if there is no memory for it. */
  boolean startFrame(Call call, int leg, Flow flow) {
    int bytes = wireBytes(flow);
    boolean shared = out != null && bytes > SMALL_BYTES;
    starved = shared && !out[leg].hasRoom();
    if (starved) {
      return false;
    }
    ByteBuffer head = seals == null ? outHeader : plainHeader;
    int place = shared ? Frame.SHARED : Frame.BEHIND;
    Frame.putData(head.clear(), call, leg, place, flow.next(), bytes);
    head.flip();
    gather[1] = payload(flow, bytes);
    if (shared) {
      out[leg].fill(gather[1]);
      bytesSent += bytes;
    }
    if (seals != null) {
      seals.out().seal(head, outHeader.clear());
      outHeader.flip();
      gather[1] = sealed(gather[1]);
    }
    sending = true;
    flow.advance();
    return true;
  }

  /** What a chunk of a flow takes on the wire. */
  int wireBytes(Flow flow) {
    return (int) wire.bytes(flow.size());
  }

  /** What all chunks of some flows take on the wire. */
  long wireBytes(Flow toOwner, Flow fromOwner) {
    return wire.bytes(toOwner.bytes() + fromOwner.bytes());
  }

  private ByteBuffer payload(Flow flow, int bytes) {
    ByteBuffer floats = outView.limit(flow.offset() + flow.size()).position(flow.offset());
    if (wire == Wire.FP32) {
      return floats;
    }
    halvesOut = halves(halvesOut);
    bfloat16.encode(floats.asFloatBuffer(), halvesOut.halves().clear());
    return halvesOut.bytes().clear().limit(bytes);
  }

  private Chunk halves(Chunk made) {
    bfloat16 = bfloat16 == null ? new Bfloat16() : bfloat16;
    return made == null ? Chunk.allocate((int) wire.bytes(chunkBytes)) : made;
  }

  /** Forgets that there was no memory; it is looked at again. */
  void lookAgain() {
    starved = false;
  }

  private ByteBuffer sealed(ByteBuffer text) {
    sealedOut.clear();
    if (text.hasRemaining()) {
      seals.out().seal(text, sealedOut);
      bytesSent -= Seal.TAG_BYTES; // Counted below like data.
    }
    return sealedOut.flip();
  }

  /** Sends what the kernel takes of the frame under way; true when it is all out. */
  boolean write() throws IOException {
    if (!writable) {
      return false;
    }
    ByteBuffer payload = gather[1];
    int before = payload.remaining();
    if (before > 0) {
      channel.write(gather);
    } else {
      channel.write(outHeader);
    }
    bytesSent += before - payload.remaining();
    sending = outHeader.hasRemaining() || payload.hasRemaining();
    writable = !sending;
    return writable;
  }

  /** Reads up to the end of the next header; true when it is there. */
  boolean readHeader() throws IOException {
    int headerBytes = Seals.wireBytes(seals, Frame.HEADER_BYTES);
    while (!hasHeader && inbox.remaining() < headerBytes) {
      if (!readable) {
        return false;
      }
      inbox.compact();
      read(null);
    }
    if (!hasHeader) {
      header.read(seals == null ? inbox : openedHeader(headerBytes));
      hasHeader = true;
    }
    return true;
  }

  private ByteBuffer openedHeader(int sealedBytes) throws IOException {
    int end = inbox.limit();
    inbox.limit(inbox.position() + sealedBytes);
    seals.in().open(inbox, plainHeader.clear());
    inbox.limit(end);
    return plainHeader.flip();
  }

  /** Lets the payload of the header go to its place, or to where it waits for being widened. */
  void takePayloadAt(int offset) {
    takePayload(target(offset));
  }

  private ByteBuffer target(int offset) {
    if (wire == Wire.FP32) {
      return inView.limit(offset + header.payloadBytes).position(offset);
    }
    halvesIn = halves(halvesIn);
    return halvesIn.bytes().clear().limit(header.payloadBytes);
  }

  /** Puts the payload that was not added to its place, if it is not there yet. */
  void place(Flow flow) {
    if (wire == Wire.BF16) {
      inView.limit(flow.offset() + flow.size()).position(flow.offset());
      int count = header.payloadBytes / Short.BYTES;
      bfloat16.decode(halvesIn.halves().clear().limit(count), inView.asFloatBuffer());
    }
  }

  /** Lets the payload of the header go into what remains of a buffer. */
  void takePayload(ByteBuffer target) {
    boolean sealed = seals != null && header.payloadBytes > 0;
    opened = sealed ? target : null;
    scatter[0] = sealed ? sealedIn.clear().limit(header.payloadBytes + Seal.TAG_BYTES) : target;
  }

  /** Whether the payload of the header is in memory, and may be. */
  boolean isShared() throws ProtocolException {
    if (header.place == Frame.BEHIND) {
      return false;
    }
    if (in == null) {
      throw new ProtocolException("sent a payload through memory that is not shared");
    }
    return true;
  }

  /** Adds the payload of the header from where it is; {@link #releaseAdded} gives it back. */
  void lendPayload(RankOrderSum sum) {
    sum.lend(rank, header.chunk, in[header.leg].lend());
    lent++;
    payloadIsTaken();
  }

  /** Copies the payload of the header; true if the peer has to be woken. */
  boolean copyPayloadAt(int offset) {
    boolean waiting = in[header.leg].empty(target(offset));
    payloadIsTaken();
    return waiting;
  }

  private void payloadIsTaken() {
    bytesReceived += header.payloadBytes;
    opened = null;
    scatter[0] = NOTHING.duplicate();
  }

  /** Gives back what belongs to chunks that are final; true if the peer has to be woken. */
  boolean releaseAdded(int finished) {
    boolean waiting = false;
    while (lent > 0 && oldestLent < finished) {
      waiting |= in[Frame.TO_OWNER].release();
      lent--;
      oldestLent += streams;
    }
    return waiting;
  }

  boolean isTakingPayload() {
    return scatter[0] != null;
  }

  /** Reads what has arrived of the payload; true when it is complete. */
  boolean readPayload() throws IOException {
    ByteBuffer target = scatter[0];
    int before = target.remaining();
    takeFromInbox(target);
    if (target.hasRemaining() && readable) {
      inbox.clear();
      read(target);
    }
    bytesReceived += before - target.remaining();
    if (target.hasRemaining()) {
      return false;
    }
    if (opened != null) {
      seals.in().open(target.flip(), opened);
      bytesReceived -= Seal.TAG_BYTES;
      opened = null;
    }
    scatter[0] = null;
    hasHeader = false;
    return true;
  }

  private void takeFromInbox(ByteBuffer target) {
    int end = inbox.limit();
    inbox.limit(inbox.position() + Math.min(inbox.remaining(), target.remaining()));
    target.put(inbox);
    inbox.limit(end);
  }

  /** Reads into the target if there is one, then into the inbox, which is flipped afterwards. */
  private void read(ByteBuffer target) throws IOException {
    long count = target == null ? channel.read(inbox) : channel.read(scatter);
    readable = !inbox.hasRemaining();
    ended = count < 0;
    inbox.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
