package org.clapperboard.collective;

import java.net.ProtocolException;
import java.nio.ByteBuffer;

/**
 * The protocol after the handshake: each direction of a connection is a series of frames, and a
 * frame is a header of 32 bytes and its payload. Integers are big-endian.
 *
 * <pre>
 *  0  4  magic "CLPB"
 *  4  1  kind: 1 data, 2 abort, 3 goodbye, 4 note, 5 wake
 *  5  1  operation: code of {@link Operation}
 *  6  1  leg: 0 to the owner of a slice, 1 from the owner
 *  7  1  place of the payload: 0 behind the header, 1 in memory that both ranks have mapped
 *  8  4  sequence number of the operation, from 1
 * 12  4  hash of the phase's name
 * 16  4  hash of slices, element size and root
 * 20  4  size of the whole buffer in bytes
 * 24  4  chunk: position in the slice, in chunks
 * 28  4  payload bytes
 * </pre>
 *
 * <p>Data frames carry the identity of their operation, so ranks out of step find out at the first
 * frame. An operation has up to two legs. On the leg to the owner, ranks send their part of each
 * slice to the rank that owns it, which adds them up; on the leg from the owner, owners send their
 * finished slices to all others. A leg that carries an empty slice has one frame without payload.
 * The frames of one leg come in order of chunks; with several connections per pair, chunk <i>c</i>
 * takes connection <i>c</i> modulo their number.
 *
 * <p>With encryption a header and a payload are sealed one after the other, each followed by a tag
 * of 16 bytes (see {@link Seal}): nothing of a header is believed before it is proved.
 *
 * <p>Ranks of one host may exchange payloads through a {@link Ring}. Such a frame is its header,
 * sent when the payload is in the memory.
 *
 * <p>Every pair of ranks has one more connection, the lifeline. On it each side says what it works
 * on (a note in UTF-8), wakes the other one that waits for room in a ring, and sends one frame in
 * the end: abort with the reason in UTF-8, or goodbye after finishing in good order. It is never
 * behind data. If it ends without such a frame, the peer is lost.
 */
final class Frame {

  static final int HEADER_BYTES = 32;
  static final int MAX_REASON_BYTES = 1024;

  static final int DATA = 1;
  static final int ABORT = 2;
  static final int GOODBYE = 3;
  static final int NOTE = 4;
  static final int WAKE = 5;

  static final int TO_OWNER = 0;
  static final int FROM_OWNER = 1;

  static final int BEHIND = 0;
  static final int SHARED = 1;

  private static final int MAGIC = 0x434C5042;

  int kind;
  int operation;
  int leg;
  int place;
  int sequence;
  int phaseHash;
  int shapeHash;
  int totalBytes;
  int chunk;
  int payloadBytes;

  static void putData(ByteBuffer out, Call call, int leg, int place, int chunk, int payloadBytes) {
    out.putInt(MAGIC)
        .put((byte) DATA)
        .put((byte) call.operation().code())
        .put((byte) leg)
        .put((byte) place)
        .putInt(call.sequence())
        .putInt(call.phaseHash())
        .putInt(call.shapeHash())
        .putInt(call.data().capacity())
        .putInt(chunk)
        .putInt(payloadBytes);
  }

  /** A frame for a lifeline, ready to send; a long text is cut. */
  static ByteBuffer spoken(int kind, byte[] reason) {
    int length = Math.min(reason.length, MAX_REASON_BYTES);
    ByteBuffer out = ByteBuffer.allocateDirect(HEADER_BYTES + length);
    out.putInt(0, MAGIC).put(4, (byte) kind).putInt(28, length);
    return out.position(HEADER_BYTES).put(reason, 0, length).flip();
  }

  /** Reads a header. */
  void read(ByteBuffer in) throws ProtocolException {
    int magic = in.getInt();
    kind = in.get();
    operation = in.get();
    leg = in.get();
    place = in.get();
    sequence = in.getInt();
    phaseHash = in.getInt();
    shapeHash = in.getInt();
    totalBytes = in.getInt();
    chunk = in.getInt();
    payloadBytes = in.getInt();
    boolean sane =
        switch (kind) {
          case DATA -> payloadBytes >= 0 && (leg == TO_OWNER || leg == FROM_OWNER);
          case ABORT, NOTE -> payloadBytes >= 0 && payloadBytes <= MAX_REASON_BYTES;
          case GOODBYE, WAKE -> payloadBytes == 0;
          default -> false;
        };
    if (magic != MAGIC || !sane) {
      throw new ProtocolException("sent something that is no frame");
    }
  }

  /** How this data frame differs from the operation of a rank, or null if it does not. */
  String differenceFrom(Call call, String caller) {
    int bytes = call.data().capacity();
    if (sequence != call.sequence() || operation != call.operation().code()) {
      Operation known = Operation.ofCode(operation);
      return "runs %s as operation %d (%d bytes) while %s runs %s as operation %d (%d bytes)"
          .formatted(
              known == null ? "something unknown" : known.label(),
              sequence,
              totalBytes,
              caller,
              call.operation().label(),
              call.sequence(),
              bytes);
    }
    if (totalBytes != bytes) {
      return "brings %d bytes while %s brings %d".formatted(totalBytes, caller, bytes);
    }
    if (phaseHash != call.phaseHash()) {
      return "runs it in another phase than " + caller;
    }
    if (shapeHash != call.shapeHash()) {
      return "has other slices or another root than " + caller;
    }
    return null;
  }
}
