package org.clapperboard.data.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.clapperboard.media.MediaSource;

/** Finds media files where a recipe says they may be. */
public final class MediaFiles {
  private MediaFiles() {}

  /** The first of some locations where there is a file; the first of all where there is none. */
  public static String found(List<String> candidates, Configuration hadoop) {
    if (candidates.size() > 1) {
      for (String candidate : candidates) {
        if (exists(candidate, hadoop)) {
          return candidate;
        }
      }
    }
    return candidates.get(0);
  }

  /** Whether there is a file; of a cell, whether there is its table. */
  public static boolean exists(String location, Configuration hadoop) {
    try {
      Path path = path(location);
      return path.getFileSystem(hadoop).exists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Tells one state of a file from another: its length and when it was changed, or that it is not
   * there; of a cell, those of its table. The content is not read.
   */
  public static String state(String location, Configuration hadoop) throws IOException {
    Path path = path(location);
    try {
      FileStatus status = path.getFileSystem(hadoop).getFileStatus(path);
      return status.getLen() + " bytes of " + status.getModificationTime();
    } catch (FileNotFoundException e) {
      return "absent";
    }
  }

  private static Path path(String location) {
    return new Path(ParquetCell.is(location) ? ParquetCell.table(location) : location);
  }

  /** Opens a location. */
  public static MediaSource open(String location, Configuration hadoop) {
    return ParquetCell.is(location)
        ? ParquetCell.open(location, hadoop)
        : new HadoopSource(location, hadoop);
  }
}
