package org.clapperboard.model.weights;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the entries of a zip file lie, for files whose entries are stored as they are (PKWARE
 * APPNOTE 6.3, with its 64-bit extension). The JDK reads such entries, but does not tell where they
 * are, and data that is to be mapped must be found.
 */
final class StoredZip {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int ENTRY = 0x02014b50;
  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_BYTES = 20;
  private static final int MAX_COMMENT_BYTES = 0xffff;
  private static final int MAX_DIRECTORY_BYTES = 16 << 20;
  private static final long SEE_EXTRA = 0xffffffffL;

  private final FileChannel channel;
  private final long size;
  private final Map<String, Region> entries = new HashMap<>();

  /**
   * A part of the file.
   *
   * @param start its first byte
   * @param bytes its length
   */
  record Region(long start, long bytes) {}

  private StoredZip(FileChannel channel) throws IOException {
    this.channel = channel;
    this.size = channel.size();
  }

  /**
   * Finds all entries.
   *
   * @throws IOException if the file cannot be read, is no sound zip file, or has packed entries
   */
  static Map<String, Region> entries(FileChannel channel) throws IOException {
    try {
      StoredZip zip = new StoredZip(channel);
      zip.readDirectory();
      return zip.entries;
    } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IOException("its zip directory is damaged", e);
    }
  }

  private void readDirectory() throws IOException {
    long tailStart = Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES - LOCATOR_BYTES);
    ByteBuffer tail = read(tailStart, size - tailStart);
    int end = tail.limit() - END_BYTES;
    while (end >= 0 && tail.getInt(end) != END) {
      end--;
    }
    if (end < 0) {
      throw new IOException("it has no zip directory, as if it were cut off");
    }
    long bytes = Integer.toUnsignedLong(tail.getInt(end + 12));
    long start = Integer.toUnsignedLong(tail.getInt(end + 16));
    if (end >= LOCATOR_BYTES && tail.getInt(end - LOCATOR_BYTES) == END_64_LOCATOR) {
      ByteBuffer end64 = read(tail.getLong(end - LOCATOR_BYTES + 8), 56);
      if (end64.getInt(0) != END_64) {
        throw new IOException("its 64-bit zip directory is damaged");
      }
      bytes = end64.getLong(40);
      start = end64.getLong(48);
    }
    if (bytes > MAX_DIRECTORY_BYTES) {
      throw new IOException("its zip directory has " + bytes + " bytes");
    }
    for (ByteBuffer directory = read(start, bytes); directory.hasRemaining(); ) {
      readEntry(directory);
    }
  }

  private void readEntry(ByteBuffer directory) throws IOException {
    int at = directory.position();
    if (directory.getInt(at) != ENTRY) {
      throw new IOException("its zip directory is damaged");
    }
    int flags = directory.getShort(at + 8);
    int method = directory.getShort(at + 10);
    byte[] name = new byte[unsigned(directory, at + 28)];
    ByteBuffer extra = directory.slice(at + 46 + name.length, unsigned(directory, at + 30));
    extra.order(ByteOrder.LITTLE_ENDIAN);
    directory.get(at + 46, name);
    String text = new String(name, StandardCharsets.UTF_8);
    // The 64-bit values stand in this order, each only where its 32-bit field is full of ones.
    ByteBuffer wide = wideNumbers(extra);
    long bytes = number(directory.getInt(at + 24), wide);
    long packed = number(directory.getInt(at + 20), wide);
    long header = number(directory.getInt(at + 42), wide);
    if (method != 0 || (flags & 1) != 0 || bytes != packed) {
      throw new IOException("its entry " + text + " is packed or encrypted");
    }
    if (entries.put(text, data(text, header, bytes)) != null) {
      throw new IOException("it has the entry " + text + " twice");
    }
    directory.position(at + 46 + name.length + extra.capacity() + unsigned(directory, at + 32));
  }

  private Region data(String name, long header, long bytes) throws IOException {
    ByteBuffer local = read(header, 30);
    long start = header + 30 + unsigned(local, 26) + unsigned(local, 28);
    if (local.getInt(0) != LOCAL_HEADER || bytes < 0 || start > size || bytes > size - start) {
      throw new IOException("its entry " + name + " does not lie in the file");
    }
    return new Region(start, bytes);
  }

  private static ByteBuffer wideNumbers(ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int tag = extra.getShort();
      int length = extra.getShort() & 0xffff;
      if (tag == 1) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(Math.min(extra.limit(), extra.position() + length));
    }
    return ByteBuffer.allocate(0);
  }

  private static long number(int narrow, ByteBuffer wide) {
    long number = Integer.toUnsignedLong(narrow);
    return number == SEE_EXTRA ? wide.getLong() : number;
  }

  private static int unsigned(ByteBuffer buffer, int at) {
    return buffer.getShort(at) & 0xffff;
  }

  private ByteBuffer read(long start, long bytes) throws IOException {
    if (start < 0 || bytes < 0 || start > size || bytes > size - start) {
      throw new IOException("its zip directory points outside the file");
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, start + buffer.position()) < 0) {
        throw new IOException("it is shorter than it was");
      }
    }
    return buffer.flip();
  }
}
