package org.clapperboard.data.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.clapperboard.config.BadCheckpoint;

/**
 * A file where the tensor reader can map it: the file itself if it is on a local disk, else a
 * temporary copy. Its hash is checked on the way.
 */
public final class LocalCopy implements AutoCloseable {
  private final Path path;
  private final boolean temporary;

  private LocalCopy(Path path, boolean temporary) {
    this.path = path;
    this.temporary = temporary;
  }

  /**
   * Fetches a file.
   *
   * @throws BadCheckpoint if it cannot be read
   */
  public static LocalCopy of(String location, Configuration configuration) {
    org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(location);
    try {
      FileSystem files = file.getFileSystem(configuration);
      if ("file".equals(files.getScheme())) {
        return new LocalCopy(Path.of(file.toUri().getPath()), false);
      }
      Path copy = Files.createTempFile("clapperboard-", ".safetensors");
      try (InputStream in = files.open(file)) {
        Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      }
      return new LocalCopy(copy, true);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Fetches a file and checks that it is the one that was written.
   *
   * @param sha256 what its hash must be
   * @throws BadCheckpoint if it cannot be read, or is another file
   */
  public static LocalCopy of(String location, Configuration configuration, String sha256) {
    LocalCopy copy = of(location, configuration);
    String found = copy.hash();
    if (!found.equals(sha256)) {
      copy.close();
      throw new BadCheckpoint(
          "Cannot use " + location + ": its SHA-256 is " + found + " (expected: " + sha256 + ").");
    }
    return copy;
  }

  /**
   * The SHA-256 of what is there now.
   *
   * @throws BadCheckpoint if it cannot be read
   */
  public String hash() {
    try (InputStream in = Files.newInputStream(path)) {
      return DigestUtils.sha256Hex(in);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  /** Where it can be mapped. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    if (temporary) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new BadCheckpoint("Cannot delete " + path + ": " + e.getMessage(), e);
      }
    }
  }
}
