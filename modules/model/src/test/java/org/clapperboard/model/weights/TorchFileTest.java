package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that PyTorch wrote, against its own account of what is in them. */
class TorchFileTest {
  private static final SafetensorsFile EXPECTED =
      SafetensorsFile.open(fixture("expected.safetensors"));
  private static final List<String> STRIDED =
      List.of(
          "plain",
          "transposed",
          "steps",
          "last_row",
          "repeated",
          "scalar",
          "empty",
          "half",
          "bfloat16",
          "double",
          "counts");

  @TempDir private Path folder;

  private static Path fixture(String name) {
    try {
      return Path.of(TorchFileTest.class.getResource("/pytorch/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static float[] values(TensorSource file, String name) {
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(file.shape(name).size()));
    file.read(name, values);
    return values.array();
  }

  private static void assertAsExpected(TorchFile file, String name, String expected) {
    assertThat(file.shape(name).getShape()).as(name).isEqualTo(EXPECTED.shape(expected));
    assertThat(values(file, name)).as(name).isEqualTo(EXPECTED.floats(expected));
  }

  @Test
  void strided_and_shared_storages_of_every_type_are_read_from_both_layouts() {
    for (String name : List.of("strided.pt", "strided_old.pt")) {
      TorchFile file = TorchFile.open(fixture(name));
      assertThat(file.names()).as(name).containsExactlyElementsOf(STRIDED);
      STRIDED.stream()
          .filter(tensor -> !tensor.equals("counts"))
          .forEach(tensor -> assertAsExpected(file, tensor, tensor));
      assertThat(file.dtype("bfloat16")).isEqualTo(Dtype.BF16);
      assertThat(file.dtype("half")).isEqualTo(Dtype.F16);
      assertThat(file.dtype("counts")).isEqualTo(Dtype.I64);
      assertThat(values(file, "counts")).containsExactly(1, 2, 3, -4);
    }
  }

  @Test
  void a_state_dictionary_with_its_version_attributes_is_read() {
    TorchFile file = TorchFile.open(fixture("module.bin"));
    assertThat(file.names()).contains("model.0.weight", "model.1.running_var");
    for (String name : file.names()) {
      assertAsExpected(file, name, "module." + name);
    }
  }

  @Test
  void a_dictionary_beside_its_configuration_is_found() {
    for (String name : List.of("wrapped.pt", "wrapped_old.pt")) {
      TorchFile file = TorchFile.open(fixture(name));
      assertThat(file.names()).containsExactly("patch_embedding.weight");
      assertAsExpected(file, "patch_embedding.weight", "patch_embedding.weight");
    }
  }

  @Test
  void any_stretch_of_a_tensor_can_be_read() {
    TorchFile file = TorchFile.open(fixture("strided.pt"));
    for (String name : List.of("plain", "transposed", "steps", "repeated")) {
      float[] whole = EXPECTED.floats(name);
      for (int first = 0; first < whole.length; first++) {
        FloatBuffer some = FloatBuffer.allocate(Math.min(5, whole.length - first));
        file.read(name, first, some);
        assertThat(some.array())
            .as("%s from %d", name, first)
            .isEqualTo(Arrays.copyOfRange(whole, first, first + some.capacity()));
      }
    }
  }

  @Test
  void strides_are_walked_like_nested_loops_do() {
    Strides strides = Strides.over(100, 3, new long[] {2, 3, 4}, new long[] {1, 20, 5});
    long element = 0;
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        for (int k = 0; k < 4; k++) {
          assertThat(strides.place(element++)).isEqualTo(3 + i + 20 * j + 5 * k);
        }
      }
    }
    assertThat(strides.isRowMajor()).isFalse();
    assertThat(Strides.over(8, 0, new long[] {2, 1, 4}, new long[] {4, 77, 1}).isRowMajor())
        .isTrue();
  }

  @Test
  void a_file_cut_anywhere_or_with_any_byte_changed_is_read_or_refused_but_nothing_else()
      throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    for (String name : List.of("strided.pt", "strided_old.pt", "wrapped.pt")) {
      files.put(name, Files.readAllBytes(fixture(name)));
    }
    int refused = 0;
    for (byte[] whole : files.values()) {
      for (int i = 0; i < whole.length; i += 29) {
        byte[] changed = whole.clone();
        changed[i] ^= (byte) (1 + i % 255);
        refused += refused(changed) + refused(Arrays.copyOf(whole, i));
      }
    }
    assertThat(refused).isGreaterThan(150);
  }

  private int refused(byte[] bytes) {
    Path path = PickleBytes.write(folder.resolve("x.pt"), bytes);
    try {
      TorchFile file = TorchFile.open(path);
      for (String name : file.names()) {
        if (file.shape(name).size() < 100 && file.dtype(name).holdsWeights()) {
          values(file, name);
        }
      }
      return 0;
    } catch (BadCheckpoint e) {
      assertThat(e).hasMessageContaining(path.toString());
      return 1;
    }
  }

  @Test
  void a_missing_file_and_a_missing_tensor_are_named() {
    Path missing = folder.resolve("none.bin");
    assertThatThrownBy(() -> TorchFile.open(missing))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("Cannot read " + missing);
    TorchFile file = TorchFile.open(fixture("module.bin"));
    assertThatThrownBy(() -> file.shape("w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("w is not in ");
  }
}
