package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardIndexTest {
  @TempDir private Path folder;
  private Path index;

  @BeforeEach
  void makeShards() throws IOException {
    index = folder.resolve("model.safetensors.index.json");
    shard("one.safetensors", "a", 1);
    shard("two.safetensors", "b", 2);
    shard("three.safetensors", "a", 3);
  }

  private void shard(String file, String name, float value) throws IOException {
    try (OutputStream out = Files.newOutputStream(folder.resolve(file))) {
      new SafetensorsWriter(Dtype.F32)
          .add(name, new Shape(1), FloatBuffer.wrap(new float[] {value}))
          .write(out, Map.of());
    }
  }

  private TensorSource open(String json) throws IOException {
    Files.writeString(index, json);
    return ShardIndex.open(index, Safetensors::open);
  }

  private void assertRefused(String json, String why) {
    assertThatThrownBy(() -> open(json))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot read the index " + index + ": " + why + ".");
  }

  @Test
  void the_index_decides_which_file_a_tensor_is_read_from() throws Exception {
    TensorSource source =
        open("{\"weight_map\": {\"b\": \"two.safetensors\", \"a\": \"three.safetensors\"}}");
    assertThat(source.names()).containsExactly("b", "a");
    FloatBuffer value = FloatBuffer.allocate(1);
    source.read("a", value);
    assertThat(value.array()).containsExactly(3);
    assertThat(source.shape("b")).isEqualTo(new Shape(1));
    assertThat(source.dtype("b")).isEqualTo(Dtype.F32);
    assertThat(source.origin()).isEqualTo(index.toString());
  }

  @Test
  void missing_files_are_all_named() {
    assertRefused(
        "{\"weight_map\": {\"a\": \"one.safetensors\", \"c\": \"four\", \"d\": \"five\"}}",
        "the folder lacks four, five");
  }

  @Test
  void a_tensor_that_is_not_where_the_index_says_is_refused() {
    assertRefused(
        "{\"weight_map\": {\"a\": \"two.safetensors\", \"b\": \"two.safetensors\"}}",
        "a is not in two.safetensors (1 tensors are not where it says)");
  }

  @Test
  void names_that_leave_the_folder_are_refused() throws Exception {
    Path outside = Files.createDirectories(folder.resolve("sub"));
    index = outside.resolve("model.safetensors.index.json");
    for (String name :
        new String[] {
          "../one.safetensors",
          folder.resolve("one.safetensors").toString(),
          "..\\\\one.safetensors",
          "sub/../../one.safetensors",
          "..",
          ".",
          "",
          "a\\u0000b"
        }) {
      assertThatThrownBy(() -> open("{\"weight_map\": {\"a\": \"" + name + "\"}}"))
          .as(name)
          .isInstanceOf(BadCheckpoint.class)
          .hasMessageStartingWith("Cannot read the index " + index + ": it names \"")
          .hasMessageEndingWith("\", which is no file in its folder.");
    }
  }

  @Test
  void what_is_no_index_is_refused() {
    assertRefused("{\"weight_map\": ", "it is not JSON");
    assertRefused(
        "{\"weight_map\": {\"a\": \"one.safetensors\", \"a\": \"two.safetensors\"}}",
        "it is not JSON");
    assertRefused("{}", "it has no weight_map");
    assertRefused("[1, 2]", "it has no weight_map");
    assertRefused("{\"weight_map\": {\"a\": {}}}", "it names \"\", which is no file in its folder");
  }
}
