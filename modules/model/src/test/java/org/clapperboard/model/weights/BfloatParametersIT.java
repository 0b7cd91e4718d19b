package org.clapperboard.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Parameters.Trainable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BfloatParametersIT {
  private static final int PATTERNS = 1 << 16;
  private static final List<ParameterSpec> SPECS =
      List.of(
          ParameterSpec.normal("a.weight", 0.02, 7, 11),
          ParameterSpec.fanIn("b.weight", 16, 5, 80),
          ParameterSpec.constant("c.bias", 0.3, 24));

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    TorchEngine.start(1);
  }

  /** Every bfloat16 there is, the ones that are no number too. */
  private Path everyPattern(int gap) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(2 * PATTERNS).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < PATTERNS; bits++) {
      data.putShort((short) bits);
    }
    String header =
        "{\"w\":{\"dtype\":\"BF16\",\"shape\":[256,256],\"data_offsets\":[0,131072]}}"
            + " ".repeat(gap);
    ByteBuffer file =
        ByteBuffer.allocate(8 + header.length() + data.capacity()).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII));
    file.put(data.array());
    return Files.write(folder.resolve("patterns-" + gap + ".safetensors"), file.array());
  }

  private static final List<ParameterSpec> PATTERN =
      List.of(ParameterSpec.constant("w", 0, 256, 256));

  private static byte[] written(Parameters parameters) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new SafetensorsWriter(Dtype.BF16).add(parameters).write(out, Map.of());
    return out.toByteArray();
  }

  private static byte[] tail(byte[] file) {
    return Arrays.copyOfRange(file, file.length - 2 * PATTERNS, file.length);
  }

  @Test
  void every_pattern_of_bits_comes_back_copied_or_mapped_wherever_it_lies() throws Exception {
    for (int gap : new int[] {0, 1, 2, 3}) {
      Path file = everyPattern(gap);
      byte[] patterns = tail(Files.readAllBytes(file));
      try (Parameters copied = Parameters.allocate(PATTERN, Dtype.BF16);
          Parameters mapped = Parameters.map(PATTERN, Safetensors.open(file))) {
        copied.load(Safetensors.open(file));
        assertThat(tail(written(copied))).as("copied, gap %s", gap).isEqualTo(patterns);
        assertThat(tail(written(mapped))).as("mapped, gap %s", gap).isEqualTo(patterns);
        for (Parameters parameters : List.of(copied, mapped)) {
          assertThatThrownBy(() -> parameters.requireFinite("here"))
              .isInstanceOf(BadCheckpoint.class)
              .hasMessage(
                  "Cannot use weights from here: 1 tensors have elements that are NaN or infinite:"
                      + " w.");
        }
      }
    }
  }

  @Test
  void what_lies_on_half_an_element_is_copied_and_the_rest_is_mapped() throws Exception {
    for (int gap : new int[] {0, 1}) {
      Path file = everyPattern(gap);
      boolean even = Safetensors.open(file).region("w").start() % 2 == 0;
      try (Parameters mapped = Parameters.map(PATTERN, Safetensors.open(file))) {
        assertThat(mapped.names()).containsExactly("w");
        assertThat(isMapped(file)).isEqualTo(even);
      }
      assertThat(isMapped(file)).isFalse();
    }
  }

  /** Whether this process has the file as memory of its own; windows for reading are shared. */
  private static boolean isMapped(Path file) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .anyMatch(line -> line.contains(file.toString()) && line.contains("rw-p"));
  }

  @Test
  void writing_to_mapped_memory_leaves_the_file_alone() throws Exception {
    Path file = everyPattern(0);
    byte[] before = Files.readAllBytes(file);
    try (Parameters mapped = Parameters.map(PATTERN, Safetensors.open(file))) {
      mapped.elements("w").write(0, FloatBuffer.wrap(new float[] {7, 8, 9}));
      FloatBuffer read = FloatBuffer.allocate(3);
      mapped.read("w", 0, read);
      assertThat(read.array()).containsExactly(7, 8, 9);
    }
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void a_mapped_file_may_be_deleted() throws Exception {
    Path file = everyPattern(0);
    byte[] patterns = tail(Files.readAllBytes(file));
    try (Parameters mapped = Parameters.map(PATTERN, Safetensors.open(file))) {
      Files.delete(file);
      assertThat(tail(written(mapped))).isEqualTo(patterns);
    }
  }

  @Test
  void mapped_parameters_are_frozen_and_lie_in_no_buffer() throws Exception {
    try (Parameters mapped = Parameters.map(PATTERN, Safetensors.open(everyPattern(0)))) {
      assertThatThrownBy(() -> mapped.trainable(Trainable.YES))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("mapped parameters cannot be trained");
      assertThatThrownBy(mapped::flat)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("mapped, joined or hollow parameters have no flat buffer");
    }
  }

  @Test
  void only_two_types_hold_parameters() {
    assertThatThrownBy(() -> Parameters.allocate(SPECS, Dtype.F16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parameters are F32 or BF16, not F16");
  }

  @Test
  void a_fresh_start_is_the_one_of_float32_rounded() throws Exception {
    try (Parameters wide = Parameters.allocate(SPECS);
        Parameters narrow = Parameters.allocate(SPECS, Dtype.BF16)) {
      wide.initialise(5);
      narrow.initialise(5);
      assertThat(narrow.flat().size()).as("an even number").isEqualTo(502);
      assertThat(narrow.elements()).isEqualTo(501);
      ByteArrayOutputStream rounded = new ByteArrayOutputStream();
      new SafetensorsWriter(Dtype.BF16).add(wide).write(rounded, Map.of());
      assertThat(written(narrow)).isEqualTo(rounded.toByteArray());
    }
  }

  @Test
  void a_fresh_start_is_the_same_however_it_is_read() {
    FloatBuffer whole = FloatBuffer.allocate(77);
    FreshStart.of(SPECS, 5).read("a.weight", whole);
    FreshStart pieces = FreshStart.of(SPECS, 5);
    for (int[] part : new int[][] {{10, 20}, {20, 30}, {0, 5}, {70, 77}}) {
      FloatBuffer one = FloatBuffer.allocate(part[1] - part[0]);
      pieces.read("a.weight", part[0], one);
      assertThat(one.flip()).isEqualTo(whole.slice(part[0], part[1] - part[0]));
    }
  }

  @Test
  void numbers_are_read_and_written_across_pieces_of_memory() {
    for (Dtype dtype : List.of(Dtype.F32, Dtype.BF16)) {
      try (Parameters parameters = Parameters.allocate(SPECS, dtype)) {
        float[] numbers = new float[200];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = i - 100;
        }
        Elements small =
            Elements.of(
                org.clapperboard.model.engine.Pack.load("tensors"),
                parameters.tensor("b.weight"),
                dtype,
                64);
        small.write(33, FloatBuffer.wrap(numbers));
        FloatBuffer read = FloatBuffer.allocate(200);
        small.read(33, read);
        assertThat(read.array()).isEqualTo(numbers);
        FloatBuffer other = FloatBuffer.allocate(200);
        parameters.read("b.weight", 33, other);
        assertThat(other.array()).isEqualTo(numbers);
        assertThat(parameters.shape("b.weight")).isEqualTo(new Shape(5, 80));
      }
    }
  }
}
