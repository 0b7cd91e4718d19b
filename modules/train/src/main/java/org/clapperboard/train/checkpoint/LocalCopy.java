package org.clapperboard.train.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.hadoop.conf.Configuration;
import org.clapperboard.config.BadCheckpoint;

/**
 * A file where the tensor reader can map it: the file itself if it is on a local disk, else a
 * temporary copy. Its hash is checked on the way.
 */
final class LocalCopy implements AutoCloseable {
  private final Path path;
  private final boolean temporary;

  private LocalCopy(Path path, boolean temporary) {
    this.path = path;
    this.temporary = temporary;
  }

  /**
   * Fetches a file.
   *
   * @param sha256 what its hash must be
   * @throws BadCheckpoint if it cannot be read, or is another file than it was
   */
  static LocalCopy of(
      org.apache.hadoop.fs.Path file, Configuration configuration, String sha256) {
    MessageDigest digest = HashingStream.sha256();
    boolean local = "file".equals(file.toUri().getScheme());
    try (InputStream in =
        new DigestInputStream(file.getFileSystem(configuration).open(file), digest)) {
      Path path;
      if (local) {
        path = Path.of(file.toUri().getPath());
        in.transferTo(java.io.OutputStream.nullOutputStream());
      } else {
        path = Files.createTempFile("clapperboard-", ".safetensors");
        Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
      }
      String found = HexFormat.of().formatHex(digest.digest());
      if (!found.equals(sha256)) {
        throw new BadCheckpoint(
            "Cannot use " + file + ": its SHA-256 is " + found + " (expected: " + sha256 + ").");
      }
      return new LocalCopy(path, !local);
    } catch (IOException e) {
      throw new BadCheckpoint("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  Path path() {
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
