package org.clapperboard.media;

import java.nio.file.Path;

/**
 * Where a file's bytes come from. Reads may come from any thread, one at a time.
 *
 * <p>Every method may throw {@link java.io.UncheckedIOException}; where its cause says that there
 * is no such file, the file counts as missing, else as unreadable.
 */
public interface MediaSource extends AutoCloseable {

  /** A file of the local disk, opened at the first read. */
  static MediaSource of(Path path) {
    return new PathSource(path);
  }

  /** Bytes in memory, which must not change. */
  static MediaSource of(String name, byte[] bytes) {
    return new BytesSource(name, bytes);
  }

  /** What messages call it. */
  String name();

  /** Length in bytes. */
  long size();

  /**
   * Reads up to length bytes from a position of the file, at least one.
   *
   * @return how many bytes were read, or -1 at the end of the file
   */
  int read(long position, byte[] target, int offset, int length);

  @Override
  void close();
}
