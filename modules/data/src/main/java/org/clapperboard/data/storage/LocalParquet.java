package org.clapperboard.data.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * A Parquet file on a disk of this machine, read into the caller's buffers without a detour: what
 * Hadoop's local file system reads goes through its own buffers in pieces of 16 KB, each with a sum
 * of its own. Pages have sums as well, so nothing is left unchecked.
 */
final class LocalParquet implements InputFile {
  private final Path file;

  LocalParquet(Path file) {
    this.file = file;
  }

  @Override
  public long getLength() throws IOException {
    return java.nio.file.Files.size(file);
  }

  @Override
  public SeekableInputStream newStream() throws IOException {
    return new Stream(FileChannel.open(file, StandardOpenOption.READ));
  }

  @Override
  public String toString() {
    return file.toString();
  }

  private static final class Stream extends DelegatingSeekableInputStream {
    private final FileChannel channel;

    Stream(FileChannel channel) {
      super(java.nio.channels.Channels.newInputStream(channel));
      this.channel = channel;
    }

    @Override
    public long getPos() throws IOException {
      return channel.position();
    }

    @Override
    public void seek(long position) throws IOException {
      channel.position(position);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      return channel.read(buffer);
    }

    @Override
    public void readFully(ByteBuffer buffer) throws IOException {
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new EOFException("the file ends " + buffer.remaining() + " bytes too early");
        }
      }
    }
  }
}
