package org.clapperboard.data.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.clapperboard.media.MediaSource;

/**
 * A media file on any file system that Hadoop reaches; opened at the first read.
 *
 * <p>A storage may never answer. Who waits for another thread's read can be interrupted, and nobody
 * waits to close: the thread that is stuck closes the file if it ever comes back.
 */
public final class HadoopSource implements MediaSource {
  private final Path path;
  private final Configuration configuration;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile boolean closed;
  private FSDataInputStream in;
  private long size = -1;

  /** The file at a path or URI. */
  public HadoopSource(String location, Configuration configuration) {
    this.path = new Path(location);
    this.configuration = configuration;
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() {
    return locked(
        () -> {
          open();
          return size;
        });
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    return locked(
        () -> {
          open();
          return in.read(position, target, offset, length);
        });
  }

  private interface Access<T> {
    T run() throws IOException;
  }

  private <T> T locked(Access<T> access) {
    try {
      lock.lockInterruptibly();
      try {
        return access.run();
      } finally {
        if (closed) {
          closeNow();
        }
        lock.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException("interrupted"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void open() throws IOException {
    if (in == null) {
      FileSystem files = path.getFileSystem(configuration);
      size = files.getFileStatus(path).getLen();
      in = files.open(path);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (lock.tryLock()) {
      try {
        closeNow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } finally {
        lock.unlock();
      }
    }
  }

  private void closeNow() throws IOException {
    if (in != null) {
      in.close();
      in = null;
    }
  }
}
