package org.clapperboard.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacesTest {
  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(folder.resolve("file"), "text");
  }

  private static String refusal(ThrowingCallable use) {
    return Places.refusal(catchThrowable(use));
  }

  @Test
  void what_is_missing_is_named() {
    Path missing = folder.resolve("none/here");
    assertThat(refusal(() -> Files.readString(missing)))
        .isEqualTo("Cannot use " + missing + ": there is no such file or folder.");
  }

  @Test
  void a_file_where_a_folder_belongs_is_named() {
    assertThat(refusal(() -> Files.createDirectories(file)))
        .isEqualTo("Cannot use " + file + ": it is a file, and a folder is needed.");
    assertThat(refusal(() -> Files.newDirectoryStream(file)))
        .isEqualTo("Cannot use " + file + ": it is a file, and a folder is needed.");
  }

  @Test
  void what_the_system_says_of_other_places_is_passed_on() {
    Path below = file.resolve("below");
    assertThat(refusal(() -> Files.readString(below)))
        .isEqualTo("Cannot use " + below + ": Not a directory.");
  }

  @Test
  void a_folder_that_is_not_empty_is_named() {
    assertThat(refusal(() -> Files.delete(folder)))
        .isEqualTo("Cannot use " + folder + ": it is a folder that is not empty.");
  }

  @Test
  void what_may_not_be_used_is_named() {
    // Nothing is refused to root, as which tests may run.
    assertThat(Places.refusal(new AccessDeniedException("/data")))
        .isEqualTo("Cannot use /data: it may not be read or written.");
  }

  @Test
  void a_full_disk_is_no_fault_of_a_place() {
    assertThat(Places.refusal(new IOException("No space left on device")))
        .isEqualTo("Cannot write: no space is left on the device.");
  }

  @Test
  void the_cause_is_looked_for() {
    IOException cause =
        (IOException) catchThrowable(() -> Files.readString(folder.resolve("none")));
    assertThat(Places.refusal(new IllegalStateException(new UncheckedIOException(cause))))
        .isEqualTo(Places.refusal(cause))
        .startsWith("Cannot use ");
  }

  @Test
  void other_failures_are_no_mistake() {
    assertThat(Places.refusal(new IllegalStateException("No space left on device"))).isEmpty();
    assertThat(Places.refusal(new IOException("Connection reset"))).isEmpty();
  }
}
