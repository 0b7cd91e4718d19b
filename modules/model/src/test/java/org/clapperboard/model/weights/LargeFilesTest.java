package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors and files beyond 2 GiB. The files have holes and take next to no space. */
class LargeFilesTest {
  private static final long ELEMENTS = 3L << 30;

  @TempDir private Path folder;

  @Test
  void a_tensor_of_six_gigabytes_is_opened_and_read_anywhere() throws Exception {
    Path file = folder.resolve("large.safetensors");
    String header =
        "{\"w\":{\"dtype\":\"BF16\",\"shape\":[3,1073741824],\"data_offsets\":[0,6442450944]},"
            + "\"v\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[6442450944,6442450948]}}";
    long start = (long) Long.BYTES + header.length();
    // Where positions no longer fit into 32 bits, in elements as well as in bytes.
    long near = (1L << 31) - 2;
    try (FileChannel out = create(file)) {
      put(out, 0, PickleBytes.little(8).putLong(header.length()));
      put(out, Long.BYTES, ByteBuffer.wrap(header.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer values = PickleBytes.little(8);
      for (int i = 1; i <= 4; i++) {
        values.putShort((short) (Float.floatToIntBits(i) >>> 16));
      }
      put(out, start + 2 * near, values);
      put(out, start + 2 * ELEMENTS, PickleBytes.little(4).putFloat(9));
    }
    Safetensors large = Safetensors.open(file);
    assertThat(large.shape("w").size()).isEqualTo(ELEMENTS);
    assertThat(read(large, "w", near - 1, 6)).containsExactly(0, 1, 2, 3, 4, 0);
    assertThat(read(large, "v", 0, 1)).containsExactly(9);
  }

  @Test
  void strided_elements_are_found_in_every_window_of_a_large_storage() throws Exception {
    Path file = folder.resolve("large.bin");
    long stored = 700_000_000;
    try (FileChannel out = create(file)) {
      for (int i = 0; i < 3; i++) {
        put(out, 5 + 4 * (i * 300_000_000L + 1), PickleBytes.little(4).putFloat(i + 1));
      }
      put(out, 5 + 4 * stored - 1, ByteBuffer.allocate(1).put((byte) 0));
    }
    StoredElements elements = new StoredElements(file, Dtype.F32, 5, stored);
    Strides layout = Strides.over(stored, 0, new long[] {2, 3}, new long[] {1, 300_000_000});
    FloatBuffer values = FloatBuffer.allocate(6);
    elements.read(layout, 0, values);
    assertThat(values.array()).containsExactly(0, 0, 0, 1, 2, 3);
  }

  private static FileChannel create(Path file) throws IOException {
    Files.createFile(file);
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.SPARSE);
  }

  private static void put(FileChannel out, long at, ByteBuffer data) throws IOException {
    out.write(data.rewind(), at);
  }

  private static float[] read(TensorSource source, String name, long first, int count) {
    FloatBuffer values = FloatBuffer.allocate(count);
    source.read(name, first, values);
    return values.array();
  }
}
