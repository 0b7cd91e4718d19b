package org.clapperboard.data.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
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
      Path path = new Path(ParquetCell.is(location) ? ParquetCell.table(location) : location);
      return path.getFileSystem(hadoop).exists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a location. */
  public static MediaSource open(String location, Configuration hadoop) {
    return ParquetCell.is(location)
        ? ParquetCell.open(location, hadoop)
        : new HadoopSource(location, hadoop);
  }
}
