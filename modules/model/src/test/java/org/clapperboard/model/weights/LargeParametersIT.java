package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.clapperboard.model.engine.TorchEngine;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The embedding table of Qwen2-7B takes more than 2 GiB as float32. */
@Tag("full")
class LargeParametersIT {
  private static final int ROWS = 152_064;
  private static final int WIDTH = 3_584;
  private static final long LAST = (long) ROWS * WIDTH - 1;
  private static final long[] MARKED = {0, (1L << 28) - 1, 1L << 28, (1L << 29) - 1, 1 << 29, LAST};

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16"})
  void a_tensor_of_more_than_two_gigabytes_is_loaded_and_written(Dtype dtype) throws Exception {
    TorchEngine.start(1);
    Path source = folder.resolve("source.safetensors");
    long bytes = 2 * (LAST + 1);
    String header =
        String.format(
            "{\"w\":{\"dtype\":\"BF16\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]}}",
            ROWS, WIDTH, bytes);
    try (FileChannel out =
        FileChannel.open(
            source,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      out.write(PickleBytes.little(8).putLong(header.length()).rewind(), 0);
      out.write(ByteBuffer.wrap(header.getBytes(StandardCharsets.US_ASCII)), 8);
      for (int i = 0; i < MARKED.length; i++) {
        short value = (short) (Float.floatToIntBits(i + 1) >>> 16);
        out.write(
            PickleBytes.little(2).putShort(value).rewind(), 8 + header.length() + 2 * MARKED[i]);
      }
    }
    Path copy = folder.resolve("copy.safetensors");
    try (Parameters parameters =
        Parameters.allocate(List.of(ParameterSpec.constant("w", 0, ROWS, WIDTH)), dtype)) {
      parameters.load(Safetensors.open(source));
      parameters.requireFinite("source");
      FloatBuffer last = FloatBuffer.allocate(1);
      parameters.read("w", LAST, last);
      assertThat(last.get(0)).isEqualTo(MARKED.length);
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(copy), 1 << 20)) {
        new SafetensorsWriter(Dtype.BF16).add(parameters).write(out, Map.of());
      }
    }
    Safetensors read = Safetensors.open(copy);
    for (int i = 0; i < MARKED.length; i++) {
      FloatBuffer value = FloatBuffer.allocate(1);
      read.read("w", MARKED[i], value);
      assertThat(value.get(0)).as("element %d", MARKED[i]).isEqualTo(i + 1);
    }
  }
}
