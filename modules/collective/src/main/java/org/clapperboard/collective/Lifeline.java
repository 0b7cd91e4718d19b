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
  private final ByteBuffer inbox =
      ByteBuffer.allocateDirect(Frame.HEADER_BYTES + Frame.MAX_REASON_BYTES);
  private final Frame last = new Frame();
  private SelectionKey key;
  private boolean complete;

  Lifeline(SocketChannel channel, int rank, String label) {
    this.channel = channel;
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
    if (inbox.position() < Frame.HEADER_BYTES) {
      return false;
    }
    last.read(inbox.duplicate().flip());
    return inbox.position() >= Frame.HEADER_BYTES + last.payloadBytes;
  }

  /** Whether the peer has finished in good order. */
  boolean hasLeft() {
    return complete && last.kind == Frame.GOODBYE;
  }

  /** Why the peer has aborted the job. */
  String reason() {
    ByteBuffer text = inbox.duplicate().flip().position(Frame.HEADER_BYTES);
    return StandardCharsets.UTF_8.decode(text).toString();
  }

  /** Says this rank's last words; they are small enough for the kernel to take at once. */
  void say(ByteBuffer frame) throws IOException {
    channel.write(frame);
    channel.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
