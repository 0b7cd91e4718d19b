package org.clapperboard.collective;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The connection to a peer that carries no data, so that what is said on it, and its end, is
 * noticed at once, whatever is queued on the others.
 */
final class Lifeline implements Closeable {

  private static final int FRAME_BYTES =
      Frame.HEADER_BYTES + Frame.MAX_REASON_BYTES + 2 * Seal.TAG_BYTES;

  /** So much may wait to be sent; a rank that takes nothing misses notes. */
  private static final int OUTBOX_BYTES = 16 * FRAME_BYTES;

  final int rank;
  final String label;

  private final SocketChannel channel;
  private final Seals seals;
  private final ByteBuffer inbox = ByteBuffer.allocateDirect(2 * FRAME_BYTES);
  private final ByteBuffer outbox = ByteBuffer.allocateDirect(OUTBOX_BYTES);
  private final Frame heard = new Frame();
  private boolean hasHeader;
  private String note = "";
  private String reason = "";
  private SelectionKey key;
  private boolean woken;
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
   * Takes in what has arrived, and sends what still waits.
   *
   * @return true when the peer has said its last words
   * @throws IOException if the peer has ended without any
   */
  boolean hear() throws IOException {
    flush();
    int count = 1;
    while (!complete && count > 0) {
      count = channel.read(inbox);
      inbox.flip();
      while (!complete && hearFrame()) {}
      inbox.compact();
    }
    if (complete) {
      key.interestOps(0);
    } else if (count < 0) {
      throw new EOFException();
    }
    return complete;
  }

  private boolean hearFrame() throws IOException {
    int headerBytes = Seals.wireBytes(seals, Frame.HEADER_BYTES);
    if (!hasHeader) {
      if (inbox.remaining() < headerBytes) {
        return false;
      }
      heard.read(open(headerBytes));
      if (heard.kind == Frame.DATA) {
        throw new ProtocolException("sent data where none belong");
      }
      hasHeader = true;
    }
    int textBytes = Seals.wireBytes(seals, heard.payloadBytes);
    if (inbox.remaining() < textBytes) {
      return false;
    }
    String text = StandardCharsets.UTF_8.decode(open(textBytes)).toString();
    hasHeader = false;
    switch (heard.kind) {
      case Frame.NOTE -> note = text;
      case Frame.WAKE -> woken = true;
      default -> {
        reason = text;
        complete = true;
      }
    }
    return true;
  }

  private ByteBuffer open(int bytes) throws IOException {
    ByteBuffer part = inbox.slice(inbox.position(), bytes);
    inbox.position(inbox.position() + bytes);
    if (seals == null || bytes == 0) {
      return part;
    }
    ByteBuffer text = ByteBuffer.allocateDirect(bytes - Seal.TAG_BYTES);
    seals.in().open(part, text);
    return text.flip();
  }

  /** Whether the peer has finished in good order. */
  boolean hasLeft() {
    return complete && heard.kind == Frame.GOODBYE;
  }

  /** Whether the peer has emptied memory that this rank waits for; asked once. */
  boolean hasWoken() {
    boolean answer = woken;
    woken = false;
    return answer;
  }

  /** What the peer said last that it works on, or nothing. */
  String note() {
    return note;
  }

  /** Why the peer has aborted the job. */
  String reason() {
    return reason;
  }

  /** Says something; if the kernel takes nothing, it waits, and notes are left out. */
  void tell(ByteBuffer frame) throws IOException {
    flush();
    boolean isNote = frame.get(frame.position() + 4) == Frame.NOTE;
    if (isNote && outbox.position() > 0) {
      return;
    }
    put(frame);
    flush();
  }

  /** Says this rank's last words; they are small enough for the kernel to take at once. */
  void say(ByteBuffer frame) throws IOException {
    tell(frame);
    channel.shutdownOutput();
  }

  private void put(ByteBuffer frame) throws IOException {
    if (outbox.remaining() < FRAME_BYTES) {
      throw new IOException("it takes nothing");
    }
    if (seals == null) {
      outbox.put(frame);
      return;
    }
    int end = frame.limit();
    seals.out().seal(frame.limit(Frame.HEADER_BYTES), outbox);
    if (end > Frame.HEADER_BYTES) {
      seals.out().seal(frame.limit(end), outbox);
    }
  }

  private void flush() throws IOException {
    if (outbox.position() > 0) {
      outbox.flip();
      channel.write(outbox);
      outbox.compact();
      int waiting = outbox.position() > 0 ? SelectionKey.OP_WRITE : 0;
      key.interestOps(SelectionKey.OP_READ | waiting);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
