package org.clapperboard.collective;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The connection to a peer that carries no data, only one last frame, so that its end is noticed at
 * once, whatever is queued on the others.
 */
final class Lifeline implements Closeable {

  final int rank;
  final String label;

  private final SocketChannel channel;
  private final Seals seals;
  private final ByteBuffer inbox =
      ByteBuffer.allocateDirect(Frame.HEADER_BYTES + Frame.MAX_REASON_BYTES + 2 * Seal.TAG_BYTES);
  private final Frame last = new Frame();
  private boolean hasHeader;
  private ByteBuffer reason;
  private SelectionKey key;
  private boolean complete;

  Lifeline(SocketChannel channel, Seals seals, int rank, String label) {
    this.channel = channel;
    this.seals = seals;
    this.rank = rank;
    this.label = label;
  }

  void register(Selector selector) throws IOException {
    key = channel.register(selector, SelectionKey.OP_READ, this);
  }

  /**
   * Takes in what has arrived.
   *
   * @return true when the peer has said its last words
   * @throws IOException if the peer has ended without any
   */
  boolean hear() throws IOException {
    int count = 1;
    while (!complete && count > 0) {
      count = channel.read(inbox);
      complete = hasLastFrame();
    }
    if (complete) {
      key.interestOps(0);
    } else if (count < 0) {
      throw new EOFException();
    }
    return complete;
  }

  private boolean hasLastFrame() throws IOException {
    int headerBytes = Seals.wireBytes(seals, Frame.HEADER_BYTES);
    if (!hasHeader) {
      if (inbox.position() < headerBytes) {
        return false;
      }
      last.read(open(0, headerBytes));
      hasHeader = true;
    }
    int reasonBytes = Seals.wireBytes(seals, last.payloadBytes);
    if (inbox.position() < headerBytes + reasonBytes) {
      return false;
    }
    reason = open(headerBytes, reasonBytes);
    return true;
  }

  private ByteBuffer open(int start, int bytes) throws IOException {
    ByteBuffer part = inbox.duplicate().position(start).limit(start + bytes);
    if (seals == null || bytes == 0) {
      return part;
    }
    ByteBuffer text = ByteBuffer.allocateDirect(bytes - Seal.TAG_BYTES);
    seals.in().open(part, text);
    return text.flip();
  }

  /** Whether the peer has finished in good order. */
  boolean hasLeft() {
    return complete && last.kind == Frame.GOODBYE;
  }

  /** Why the peer has aborted the job. */
  String reason() {
    return StandardCharsets.UTF_8.decode(reason.duplicate()).toString();
  }

  /** Says this rank's last words; they are small enough for the kernel to take at once. */
  void say(ByteBuffer frame) throws IOException {
    channel.write(seals == null ? frame : seal(frame));
    channel.shutdownOutput();
  }

  private ByteBuffer seal(ByteBuffer frame) {
    int end = frame.limit();
    ByteBuffer out = ByteBuffer.allocateDirect(end + 2 * Seal.TAG_BYTES);
    seals.out().seal(frame.limit(Frame.HEADER_BYTES), out);
    if (end > Frame.HEADER_BYTES) {
      seals.out().seal(frame.limit(end), out);
    }
    return out.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
