package org.clapperboard.data.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.clapperboard.config.BadCheckpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTest {
  @TempDir private Path temporary;

  private Folder folder() {
    return Folder.of(temporary.toString(), new Configuration());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void a_file_is_created_once() throws Exception {
    folder().createOnce("a.json", bytes("first"));
    assertThatThrownBy(() -> folder().createOnce("a.json", bytes("second")))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining("a.json");
    assertThat(folder().read("a.json")).isEqualTo(bytes("first"));
  }

  @Test
  void an_absent_file_reads_as_null_and_an_absent_folder_is_empty() throws Exception {
    assertThat(folder().read("none")).isNull();
    assertThat(folder().folder("none").files()).isEmpty();
    assertThat(folder().folder("none").folders()).isEmpty();
    assertThat(folder().folder("none").matching("*")).isEmpty();
  }

  @Test
  void files_and_folders_are_listed_apart_and_in_order() throws Exception {
    for (String name : new String[] {"b.txt", "a.txt", "c/d.txt"}) {
      folder().create(name).close();
    }
    assertThat(folder().files()).containsExactly("a.txt", "b.txt");
    assertThat(folder().folders()).containsExactly("c");
    assertThat(folder().matching("*/*.txt"))
        .extracting(org.apache.hadoop.fs.Path::getName)
        .containsExactly("d.txt");
  }

  @Test
  void nothing_but_the_file_is_left_on_a_local_disk() throws Exception {
    folder().createOnce("a.json", bytes("x"));
    folder().create("b.json").close();
    try (var files = Files.list(temporary)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("a.json", "b.json");
    }
  }

  @Test
  void a_relative_folder_starts_where_the_process_does() {
    assertThat(Folder.of("runs/x", new Configuration()).toString())
        .isEqualTo(Path.of("runs/x").toAbsolutePath().toString());
  }

  @Test
  void a_folder_is_called_the_same_before_and_after_it_is_made() throws Exception {
    Path place = temporary.resolve("a b%20c");
    assertThat(Folder.of(place.toString(), new Configuration())).hasToString(place.toString());
    Files.createDirectories(place);
    Folder made = Folder.of(place + "/", new Configuration());
    assertThat(made).hasToString(place.toString());
    made.createOnce("x", bytes("1"));
    assertThat(place.resolve("x")).hasContent("1");
  }

  @Test
  void a_changed_file_is_refused() throws IOException {
    Path file = Files.writeString(temporary.resolve("w.safetensors"), "abc");
    String sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    try (LocalCopy copy = LocalCopy.of(file.toString(), new Configuration(), sha256)) {
      assertThat(copy.path()).isEqualTo(file);
    }
    assertThat(file).as("a file that was local stays").exists();
    Files.writeString(file, "abd");
    assertThatThrownBy(() -> LocalCopy.of(file.toString(), new Configuration(), sha256))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(sha256);
  }
}
