package org.clapperboard.data.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.clapperboard.media.MediaSource;

/** A media file on any file system that Hadoop reaches; opened at the first read. */
public final class HadoopSource implements MediaSource {
  private final Path path;
  private final Configuration configuration;
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
  public synchronized long size() {
    open();
    return size;
  }

  @Override
  public synchronized int read(long position, byte[] target, int offset, int length) {
    open();
    try {
      return in.read(position, target, offset, length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void open() {
    if (in != null) {
      return;
    }
    try {
      FileSystem files = path.getFileSystem(configuration);
      size = files.getFileStatus(path).getLen();
      in = files.open(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() {
    if (in != null) {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
