package org.clapperboard.data.prepare;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk with faults: files whose name ends with {@code .mp4} cannot be opened while a file
 * of that name and {@code .broken} lies beside them, and of every shard the first attempt to write
 * it ends after some bytes.
 */
public final class FaultyDisk extends LocalFileSystem {
  private static final Pattern SHARD = Pattern.compile("(\\d{5})-\\w{8}-\\d+\\.parquet");
  private static final String FOLDER = "faulty-disk.folder";
  private static final int BYTES = 100;

  /** Settings under which this is the local disk; what has failed is noted in a folder. */
  static void set(Configuration hadoop, Path notes) {
    hadoop.set("fs.file.impl", FaultyDisk.class.getName());
    hadoop.setBoolean("fs.file.impl.disable.cache", true);
    hadoop.set(FOLDER, notes.toString());
  }

  static void unset(Configuration hadoop) {
    hadoop.unset("fs.file.impl");
    hadoop.unset("fs.file.impl.disable.cache");
  }

  @Override
  public FSDataInputStream open(org.apache.hadoop.fs.Path file, int bufferSize) throws IOException {
    if (Files.exists(Path.of(file.toUri().getPath() + ".broken"))) {
      throw new IOException("the disk is on fire");
    }
    return super.open(file, bufferSize);
  }

  @Override
  public FSDataOutputStream create(
      org.apache.hadoop.fs.Path file,
      FsPermission permission,
      boolean overwrite,
      int bufferSize,
      short replication,
      long blockSize,
      Progressable progress)
      throws IOException {
    FSDataOutputStream out =
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
    Matcher shard = SHARD.matcher(file.getName());
    return shard.matches() && isFirst(shard.group(1)) ? ending(out) : out;
  }

  private boolean isFirst(String shard) throws IOException {
    String notes = getConf().get(FOLDER);
    if (notes == null) {
      return false;
    }
    try {
      Files.createFile(Path.of(notes, shard));
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    }
  }

  private static FSDataOutputStream ending(OutputStream out) throws IOException {
    return new FSDataOutputStream(
        new FilterOutputStream(out) {
          private int written;

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            written += length;
            if (written > BYTES) {
              out.flush();
              throw new IOException("no space left on device");
            }
            out.write(bytes, offset, length);
          }
        },
        null);
  }
}
