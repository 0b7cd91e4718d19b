package org.clapperboard.data.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

/**
 * A folder on a local disk, HDFS or an object store, with the few operations that mean the same on
 * all of them. There is no rename: object stores have none.
 */
public final class Folder {
  private static final String CONDITIONAL_CREATE = "fs.option.create.conditional.overwrite";

  private final Path path;
  private final Configuration configuration;
  private final FileSystem files;

  private Folder(Path path, Configuration configuration) {
    this.path = path;
    this.configuration = configuration;
    try {
      this.files = path.getFileSystem(configuration);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot reach " + path + ": " + e.getMessage(), e);
    }
    if (files instanceof LocalFileSystem local) {
      // No .crc files beside everything; what matters carries its own checksum.
      local.setWriteChecksum(false);
    }
  }

  /** The folder at a path or URI; it need not exist yet. */
  public static Folder of(String location, Configuration configuration) {
    Path given = new Path(location);
    boolean local = given.toUri().getScheme() == null;
    return new Folder(
        local ? new Path("file", null, new java.io.File(location).getAbsolutePath()) : given,
        configuration);
  }

  /** A folder inside this one. */
  public Folder folder(String name) {
    return new Folder(new Path(path, name), configuration);
  }

  /** The full path of a file inside this folder. */
  public Path path(String name) {
    return new Path(path, name);
  }

  /** Where the folder is. */
  public Path path() {
    return path;
  }

  /** The settings it is reached with. */
  public Configuration configuration() {
    return configuration;
  }

  /** Opens a file of this folder. */
  public FSDataInputStream open(String name) throws IOException {
    return files.open(path(name));
  }

  /** The whole content of a small file, or null if it is not there. */
  public byte[] read(String name) throws IOException {
    try (FSDataInputStream in = open(name)) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      return null;
    }
  }

  /** Creates or replaces a file. */
  public OutputStream create(String name) throws IOException {
    return files.create(path(name), true);
  }

  /**
   * Creates a file at once and only if it is not there: readers see nothing or all of it, and of
   * two writers one fails.
   *
   * @throws IOException if it is there, or cannot be written
   */
  public void createOnce(String name, byte[] content) throws IOException {
    if (files.hasPathCapability(path(name), CONDITIONAL_CREATE)) {
      createConditionally(name, content);
      return;
    }
    Path unfinished = path("." + name + "." + UUID.randomUUID());
    try (FSDataOutputStream out = files.create(unfinished, false)) {
      out.write(content);
      out.hsync();
    }
    try {
      // FileContext refuses to rename onto a file that is there; FileSystem may not.
      FileContext.getFileContext(path.toUri(), configuration)
          .rename(unfinished, path(name), Options.Rename.NONE);
    } catch (FileAlreadyExistsException e) {
      // A name node sends its stack trace as a message.
      throw isThere(name, e);
    } finally {
      files.delete(unfinished, false);
    }
  }

  private FileAlreadyExistsException isThere(String name, IOException cause) {
    FileAlreadyExistsException refused =
        new FileAlreadyExistsException(path(name) + " is there already");
    refused.initCause(cause);
    return refused;
  }

  /**
   * On object stores. Where the answer to the first request is lost, the second one is refused
   * because of the first: then what is there is what was to be written.
   */
  private void createConditionally(String name, byte[] content) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = files.createFile(path(name)).overwrite(true);
    try (FSDataOutputStream out = builder.must(CONDITIONAL_CREATE, true).build()) {
      out.write(content);
    } catch (IOException e) {
      byte[] there = read(name);
      if (there == null) {
        throw e;
      }
      if (!Arrays.equals(there, content)) {
        throw isThere(name, e);
      }
    }
  }

  /** Whether the folder, or a file in it, is there. */
  public boolean has(String name) throws IOException {
    return files.exists(path(name));
  }

  /** Names of the files in this folder, sorted; empty if the folder is not there. */
  public List<String> files() throws IOException {
    return names(false);
  }

  /** Names of the folders in this folder, sorted; empty if the folder is not there. */
  public List<String> folders() throws IOException {
    return names(true);
  }

  private List<String> names(boolean directories) throws IOException {
    try {
      List<String> names = new ArrayList<>();
      for (FileStatus status : files.listStatus(path)) {
        if (status.isDirectory() == directories) {
          names.add(status.getPath().getName());
        }
      }
      return names.stream().sorted().toList();
    } catch (FileNotFoundException e) {
      return List.of();
    }
  }

  /** Files whose path, below this folder, fits a pattern such as {@code *.json}; sorted. */
  public List<Path> matching(String pattern) throws IOException {
    FileStatus[] found = files.globStatus(path(pattern));
    return found == null
        ? List.of()
        : Arrays.stream(found)
            .filter(FileStatus::isFile)
            .map(FileStatus::getPath)
            .sorted()
            .toList();
  }

  /** Size of a file in bytes. */
  public long size(String name) throws IOException {
    return files.getFileStatus(path(name)).getLen();
  }

  /** Deletes a file or a folder with all in it; nothing happens if it is not there. */
  public void delete(String name) throws IOException {
    files.delete(path(name), true);
  }

  /** Deletes this folder with all in it; nothing happens if it is not there. */
  public void delete() throws IOException {
    files.delete(path, true);
  }

  @Override
  public String toString() {
    return "file".equals(path.toUri().getScheme()) ? path.toUri().getPath() : path.toString();
  }
}
