package org.clapperboard.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedFolderTest {
  @TempDir private Path temporary;
  private Path root;
  private AllowedFolder folder;

  @BeforeEach
  void open() throws IOException {
    root = Files.createDirectories(temporary.toRealPath().resolve("root"));
    Files.createDirectories(root.resolve("sub dir"));
    Files.writeString(root.resolve("sub dir/a.mp4"), "a");
    Files.writeString(temporary.resolve("secret"), "s");
    Files.createDirectories(temporary.resolve("root-other"));
    Files.writeString(temporary.resolve("root-other/b"), "s");
    Files.createSymbolicLink(root.resolve("out"), temporary.resolve("secret"));
    Files.createSymbolicLink(root.resolve("up"), temporary);
    Files.createSymbolicLink(root.resolve("in"), root.resolve("sub dir/a.mp4"));
    folder = new AllowedFolder(root);
  }

  @Test
  void a_file_below_the_folder_can_be_named_in_three_ways_and_through_links() {
    Path file = root.resolve("sub dir/a.mp4");
    assertThat(folder.file("sub dir/a.mp4", "url")).isEqualTo(file);
    assertThat(folder.file(file.toString(), "url")).isEqualTo(file);
    assertThat(folder.file(file.toUri().toString(), "url")).isEqualTo(file);
    assertThat(folder.file("sub dir/../in", "url")).isEqualTo(file);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret",
        "../nothing",
        "/etc/passwd",
        "/nothing/here",
        "file:///etc/passwd",
        "out",
        "up/secret",
        "sub dir/../../secret",
        "../root-other/b",
        "file:///%2e%2e/etc/passwd"
      })
  void what_lies_outside_is_refused_in_the_same_words_whether_it_exists_or_not(String reference) {
    assertThatThrownBy(() -> folder.file(reference, "url"))
        .hasMessage("The file is outside of the folder that may be read.")
        .satisfies(e -> assertThat(((Refusal) e).code()).isEqualTo("path_not_allowed"));
  }

  @Test
  void what_is_no_file_of_the_folder_is_told() {
    assertThatThrownBy(() -> folder.file("b.mp4", "url"))
        .hasMessage("There is no such file: b.mp4.");
    assertThatThrownBy(() -> folder.file("sub dir", "url")).hasMessage("Not a file: sub dir.");
    assertThatThrownBy(() -> folder.file("a\0b", "url")).hasMessageStartingWith("Not a path: ");
    assertThatThrownBy(() -> folder.file("https://example.org/a.mp4", "url"))
        .hasMessage(
            "The server fetches nothing (expected: data:...;base64,..., file:///... or a path).");
    assertThatThrownBy(() -> folder.file("file://elsewhere/a.mp4", "url"))
        .hasMessage("Not a file of this machine (expected: file:///...).");
  }

  @Test
  void without_a_folder_no_file_can_be_named() throws IOException {
    AllowedFolder none = new AllowedFolder(null);
    assertThatThrownBy(() -> none.file("a.mp4", "url"))
        .hasMessage(
            "Files of the server cannot be named: it was started without a folder for them.");
  }
}
