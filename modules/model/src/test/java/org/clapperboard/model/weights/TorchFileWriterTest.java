package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TorchFileWriterTest {
  @TempDir private Path folder;

  /** Tensors of all shapes, one of them longer than what is written at a time. */
  private TensorSource tensors() throws IOException {
    float[] large = new float[(1 << 20) + 3];
    for (int i = 0; i < large.length; i++) {
      large[i] = i * 0.37f - 5;
    }
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.F32)
            .add("model.z", new Shape(large.length), FloatBuffer.wrap(large))
            .add("model.ä", new Shape(2, 3), FloatBuffer.wrap(new float[] {1, -2, 3, 4, -5, 6}))
            .add("scalar", new Shape(), FloatBuffer.wrap(new float[] {7}))
            .add("empty", new Shape(0, 4), FloatBuffer.allocate(0));
    Path file = folder.resolve("w.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.write(out, Map.of());
    }
    return Safetensors.open(file);
  }

  private static byte[] bytes(TensorSource source, Dtype dtype) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TorchFileWriter.write(source, dtype, out);
    return out.toByteArray();
  }

  private static float[] values(TensorSource source, String name) {
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(source.shape(name).size()));
    source.read(name, values);
    return values.array();
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"F32", "BF16"})
  void what_is_written_comes_back(Dtype dtype) throws Exception {
    TensorSource source = tensors();
    TorchFile read = TorchFile.open(Files.write(folder.resolve("w.bin"), bytes(source, dtype)));
    assertThat(read.names()).containsExactlyElementsOf(source.names());
    for (String name : source.names()) {
      assertThat(read.shape(name)).isEqualTo(source.shape(name));
      assertThat(read.dtype(name)).isEqualTo(dtype);
      float[] expected = values(source, name);
      for (int i = 0; dtype == Dtype.BF16 && i < expected.length; i++) {
        expected[i] = Float.intBitsToFloat(Dtype.toBfloat16(expected[i]) << 16);
      }
      assertThat(values(read, name)).as(name).isEqualTo(expected);
    }
  }

  /** The names and kinds of entries that PyTorch's own file has, and checksums that hold. */
  @Test
  void the_zip_file_is_laid_out_as_pytorch_lays_it_out() throws Exception {
    Path file = Files.write(folder.resolve("w.bin"), bytes(tensors(), Dtype.F32));
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .containsExactly(
              "archive/data.pkl",
              "archive/byteorder",
              "archive/data/0",
              "archive/data/1",
              "archive/data/2",
              "archive/data/3",
              "archive/version");
      assertThat(zip.stream()).allMatch(entry -> entry.getMethod() == ZipEntry.STORED);
      // The JDK compares checksums while it reads.
      byte[] data = zip.getInputStream(zip.getEntry("archive/data/1")).readAllBytes();
      assertThat(data).hasSize(24).startsWith(0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0);
      assertThat(zip.getInputStream(zip.getEntry("archive/version"))).hasContent("3\n");
    }
  }

  @Test
  void the_same_weights_are_the_same_bytes() throws Exception {
    TensorSource source = tensors();
    byte[] first = bytes(source, Dtype.BF16);
    Thread.sleep(2100); // Zip files tell time in steps of two seconds.
    assertThat(bytes(source, Dtype.BF16)).isEqualTo(first);
  }
}
