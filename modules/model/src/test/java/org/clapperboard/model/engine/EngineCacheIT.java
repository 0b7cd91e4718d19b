package org.clapperboard.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Natives are unpacked by the first process that needs them, and by no other. */
class EngineCacheIT {

  /** A process that has an engine, and nothing else. */
  static final class Second {
    private Second() {}

    public static void main(String... arguments) {
      TorchEngine.start(1);
      TorchEngine.newScope().close();
    }
  }

  @Test
  void a_second_process_writes_nothing_to_the_cache() throws Exception {
    TorchEngine.start(1);
    TorchEngine.newScope().close();
    Path cache = Path.of(System.getProperty("ENGINE_CACHE_DIR"));
    Map<String, String> before = files(cache.resolve("pytorch"));
    assertThat(before).isNotEmpty();

    Process second =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                Second.class.getName())
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();

    assertThat(second.waitFor()).isZero();
    assertThat(files(cache.resolve("pytorch"))).isEqualTo(before);
  }

  /** Names with all that writing changes: size, time and, where there is one, the inode. */
  private static Map<String, String> files(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      all.forEach(file -> files.put(folder.relativize(file).toString(), state(file)));
    }
    return files;
  }

  private static String state(Path file) {
    try {
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return found.size() + " " + found.lastModifiedTime() + " " + found.fileKey();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
