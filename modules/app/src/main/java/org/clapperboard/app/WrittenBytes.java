package org.clapperboard.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** How much of a folder is written, for who waits for it. */
final class WrittenBytes {
  private WrittenBytes() {}

  /** Says how large the files of a folder are together and how many, or nothing without any. */
  static Supplier<String> in(Path folder) {
    return () -> {
      if (!Files.isDirectory(folder)) {
        return "";
      }
      try (Stream<Path> all = Files.walk(folder)) {
        long[] sizes =
            all.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).toArray();
        long bytes = 0;
        for (long size : sizes) {
          bytes += size;
        }
        return sizes.length == 0
            ? ""
            : String.format(Locale.ROOT, "%.2f GB in %d files", bytes / 1e9, sizes.length);
      } catch (IOException | UncheckedIOException e) {
        return ""; // A file went away while it was looked at.
      }
    };
  }
}
