package org.clapperboard.media;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The length in bytes that a file's outermost headers declare, for the formats that declare one:
 * MP4 and its family, Matroska, and RIFF (AVI, WAV, WebP). A file that is shorter was cut off.
 */
final class DeclaredSize {

  private static final int UNKNOWN = -1;
  private static final int MAX_BOXES = 10_000;
  private static final int EBML_HEADER = 0x1A45DFA3;
  private static final int MATROSKA_SEGMENT = 0x18538067;
  private static final Set<String> BOXES_THAT_MATTER = Set.of("moov", "mdat", "moof");

  private final MediaSource source;

  private DeclaredSize(MediaSource source) {
    this.source = source;
  }

  static boolean isBeyondEnd(MediaSource source) {
    return new DeclaredSize(source).bytes() > source.size();
  }

  private long bytes() {
    ByteBuffer start = read(0, 12);
    if (start.remaining() < 12) {
      return UNKNOWN;
    }
    String tag = text(start, 0);
    if (tag.equals("RIFF")) {
      return 8 + Integer.toUnsignedLong(Integer.reverseBytes(start.getInt(4)));
    }
    if (start.getInt(0) == EBML_HEADER) {
      return matroska();
    }
    return text(start, 4).equals("ftyp") ? boxes() : UNKNOWN;
  }

  /** Walks over the boxes of an MP4 to one that ends behind the file. */
  private long boxes() {
    long at = 0;
    for (int i = 0; i < MAX_BOXES && at < source.size(); i++) {
      ByteBuffer head = read(at, 16);
      if (head.remaining() < 16) {
        return UNKNOWN;
      }
      long length = Integer.toUnsignedLong(head.getInt(0));
      if (length == 1) {
        length = head.getLong(8);
      }
      if (length < 8) {
        return UNKNOWN;
      }
      if (length > source.size() - at) {
        return BOXES_THAT_MATTER.contains(text(head, 4)) ? at + length : UNKNOWN;
      }
      at += length;
    }
    return at;
  }

  private long matroska() {
    ByteBuffer head = read(0, 256);
    head.position(4);
    long headerLength = variableLength(head);
    if (headerLength < 0 || headerLength > head.remaining() - 12) {
      return UNKNOWN;
    }
    head.position(head.position() + (int) headerLength);
    if (head.getInt() != MATROSKA_SEGMENT) {
      return UNKNOWN;
    }
    long length = variableLength(head);
    return length < 0 ? UNKNOWN : head.position() + length;
  }

  /** Reads EBML's number: as many more bytes as the first has leading zeros. */
  private static long variableLength(ByteBuffer from) {
    if (from.remaining() < 8) {
      return UNKNOWN;
    }
    int first = from.get() & 0xff;
    int more = Integer.numberOfLeadingZeros(first) - 24;
    if (more > 7) {
      return UNKNOWN;
    }
    long value = first & (0x7f >> more);
    long allOnes = 0x7f >> more;
    for (int i = 0; i < more; i++) {
      value = value << 8 | (from.get() & 0xff);
      allOnes = allOnes << 8 | 0xff;
    }
    return value == allOnes ? UNKNOWN : value;
  }

  private ByteBuffer read(long at, int length) {
    byte[] bytes = new byte[length];
    int filled = 0;
    while (filled < length) {
      int count = source.read(at + filled, bytes, filled, length - filled);
      if (count <= 0) {
        break;
      }
      filled += count;
    }
    return ByteBuffer.wrap(bytes, 0, filled);
  }

  private static String text(ByteBuffer from, int at) {
    byte[] letters = new byte[4];
    from.get(at, letters);
    return new String(letters, StandardCharsets.ISO_8859_1);
  }
}
