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
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.testing.SafetensorsFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("w.safetensors");
  }

  private static float[] random(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 20)));
    }
    return values;
  }

  private static byte[] bytes(SafetensorsWriter writer, Map<String, String> metadata) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      writer.write(out, metadata);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static float[] read(Safetensors file, String name) {
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(file.shape(name).size()));
    file.read(name, values);
    return values.array();
  }

  /** A file of that header and so many bytes of data. */
  private Path write(String header, int dataBytes) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer all =
        ByteBuffer.allocate(Long.BYTES + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    all.putLong(text.length).put(text);
    return Files.write(file(), all.array());
  }

  private void assertRefused(String why) {
    assertThatThrownBy(() -> Safetensors.open(file()))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessage("Cannot read " + file() + " as safetensors: " + why + ".");
  }

  /** The same number; not a number is the same as itself, and zeros have signs. */
  private static void assertSame(float actual, float expected, String what) {
    assertThat(Float.floatToIntBits(actual)).as(what).isEqualTo(Float.floatToIntBits(expected));
  }

  @Test
  void float32_comes_back_as_it_was_written_also_through_another_reader() throws Exception {
    // More than the writer's chunk, so that a tensor is cut.
    float[] large = random((1 << 18) + 3);
    float[] small = {Float.MIN_VALUE, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.MAX_VALUE, 1};
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.F32)
            .add("z.large", new Shape(large.length), FloatBuffer.wrap(large))
            .add("a.small", new Shape(2, 3), FloatBuffer.wrap(small))
            .add("scalar", new Shape(), FloatBuffer.wrap(new float[] {7}))
            .add("empty", new Shape(0, 4), FloatBuffer.allocate(0));
    Files.write(file(), bytes(writer, Map.of("format", "pt", "stage", "stage1")));
    Safetensors ours = Safetensors.open(file());
    SafetensorsFile theirs = SafetensorsFile.open(file());
    assertThat(ours.names()).containsExactly("z.large", "a.small", "scalar", "empty");
    assertThat(ours.metadata()).isEqualTo(Map.of("format", "pt", "stage", "stage1"));
    assertThat(ours.shape("a.small")).isEqualTo(new Shape(2, 3));
    assertThat(ours.dtype("a.small")).isEqualTo(Dtype.F32);
    assertThat(read(ours, "z.large")).isEqualTo(large);
    assertThat(theirs.floats("z.large")).isEqualTo(large);
    assertThat(read(ours, "a.small")).isEqualTo(small);
    assertThat(theirs.floats("a.small")).isEqualTo(small);
    assertThat(theirs.shape("a.small")).containsExactly(2, 3);
    assertThat(read(ours, "scalar")).containsExactly(7);
    assertThat(read(ours, "empty")).isEmpty();
  }

  @Test
  void bfloat16_rounds_to_the_nearest_even() throws Exception {
    float[] values = random(10_000);
    // Halfway between two neighbours, both ways; just beside; and what has no neighbours.
    float[] edges = {
      Float.intBitsToFloat(0x3f808000),
      Float.intBitsToFloat(0x3f818000),
      Float.intBitsToFloat(0x3f808001),
      Float.intBitsToFloat(0xbf817fff),
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      -0f
    };
    System.arraycopy(edges, 0, values, 0, edges.length);
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.BF16)
            .add("w", new Shape(values.length), FloatBuffer.wrap(values));
    Files.write(file(), bytes(writer, Map.of()));
    float[] read = read(Safetensors.open(file()), "w");
    assertThat(SafetensorsFile.open(file()).dtype("w")).isEqualTo("BF16");
    for (int i = 0; i < values.length; i++) {
      assertSame(read[i], naiveBfloat16(values[i]), "value " + values[i]);
    }
  }

  /** The nearer of the two neighbours that end in 16 zero bits; of two as near, the even one. */
  private static float naiveBfloat16(float value) {
    if (Float.isNaN(value) || Float.isInfinite(value)) {
      return value;
    }
    int bits = Float.floatToRawIntBits(value) & 0xffff0000;
    float below = Float.intBitsToFloat(bits);
    float above = Float.intBitsToFloat(bits + 0x10000);
    double toBelow = Math.abs((double) value - below);
    double toAbove = Math.abs((double) value - above);
    boolean even = (bits & 0x10000) == 0;
    return toBelow < toAbove || (toBelow == toAbove && even) ? below : above;
  }

  @Test
  void every_half_precision_number_is_read() throws Exception {
    write("{\"h\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", 131072);
    byte[] all = Files.readAllBytes(file());
    ByteBuffer data = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    for (int half = 0; half < 65536; half++) {
      data.putShort(all.length - 131072 + 2 * half, (short) half);
    }
    Files.write(file(), all);
    float[] read = read(Safetensors.open(file()), "h");
    for (int half = 0; half < 65536; half++) {
      assertSame(read[half], naiveHalf(half), "half " + half);
    }
  }

  /** IEEE 754 binary16 by its definition. */
  private static float naiveHalf(int half) {
    double sign = half >= 0x8000 ? -1 : 1;
    int exponent = half / 0x400 % 0x20;
    double fraction = half % 0x400 / 1024.0;
    if (exponent == 31) {
      return fraction == 0 ? (float) (sign / 0.0) : Float.NaN;
    }
    double number =
        exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
    return (float) (sign * number);
  }

  @Test
  void doubles_and_whole_numbers_are_read_as_floats() throws Exception {
    write(
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[8,16]}}",
        16);
    byte[] all = Files.readAllBytes(file());
    ByteBuffer data = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(all.length - 16, 0.1).putLong(all.length - 8, -5);
    Files.write(file(), all);
    Safetensors read = Safetensors.open(file());
    assertThat(read(read, "d")).containsExactly(0.1f);
    assertThat(read(read, "i")).containsExactly(-5);
  }

  @Test
  void the_header_is_spelled_one_way_only_and_keeps_the_data_aligned() {
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.F32)
            .add("b", new Shape(1), FloatBuffer.wrap(new float[] {2}))
            .add("a", new Shape(1), FloatBuffer.wrap(new float[] {1}));
    Map<String, String> metadata = new TreeMap<>(Map.of("stage", "s", "format", "pt"));
    byte[] bytes = bytes(writer, metadata);
    int header = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(header % 8).isZero();
    assertThat(new String(bytes, Long.BYTES, header, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\",\"stage\":\"s\"},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}");
    // Hashes of files are compared between runs, and maps such as these have no order of their own.
    assertThat(bytes(writer, Map.of("stage", "s", "format", "pt"))).isEqualTo(bytes);
    assertThat(bytes(writer, Map.of("format", "pt", "stage", "s"))).isEqualTo(bytes);
  }

  @Test
  void a_header_longer_than_the_file_is_refused() throws Exception {
    write("{}", 0);
    byte[] bytes = Files.readAllBytes(file());
    bytes[0] = 3;
    Files.write(file(), bytes);
    assertRefused("its header length is 3 in a file of 10 bytes");
    bytes[7] = (byte) 0x80;
    Files.write(file(), bytes);
    assertRefused("its header length is -9223372036854775805 in a file of 10 bytes");
  }

  @Test
  void a_file_shorter_than_its_header_length_is_refused() throws Exception {
    Files.write(file(), new byte[] {2, 0, 0});
    assertRefused("it has 3 bytes, too few for a header");
    Files.write(file(), new byte[0]);
    assertRefused("it has 0 bytes, too few for a header");
  }

  @Test
  void a_file_whose_end_is_missing_is_refused() throws Exception {
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.F32)
            .add("a", new Shape(2), FloatBuffer.allocate(2))
            .add("b", new Shape(2), FloatBuffer.allocate(2));
    byte[] whole = bytes(writer, Map.of());
    Files.write(file(), java.util.Arrays.copyOf(whole, whole.length - 1));
    assertRefused("tensor b lies at [8,16], outside the file");
  }

  @Test
  void overlapping_tensors_are_refused() throws Exception {
    write(
        "{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        12);
    assertRefused("tensor b overlaps the one before it");
  }

  @Test
  void an_unknown_dtype_is_refused() throws Exception {
    write("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2);
    assertRefused(
        "tensor a has the header {\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]}");
  }

  @Test
  void a_name_given_twice_is_refused() throws Exception {
    write(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8);
    assertRefused("its header is not sound JSON: Duplicate field 'a'");
  }

  @Test
  void ranges_that_do_not_fit_the_shape_are_refused() throws Exception {
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8);
    assertRefused("tensor a has 8 bytes for 3 F32");
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8);
    assertRefused("tensor a lies at [8,0], outside the file");
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8);
    assertRefused("tensor a has the shape [-1]");
    write(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0);
    assertRefused("tensor a has the shape [4294967296,4294967296]");
  }

  @Test
  void numbers_that_are_not_whole_or_too_large_are_refused() throws Exception {
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4);
    assertRefused("tensor a has the shape [1.5]");
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}", 4);
    assertRefused("tensor a has the shape [\"1\"]");
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,18446744073709551620]}}", 4);
    assertRefused("tensor a lies at [0,18446744073709551620], outside the file");
  }

  @Test
  void a_header_of_more_than_16_megabytes_is_not_read() throws Exception {
    byte[] bytes = new byte[(16 << 20) + 100];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong((16 << 20) + 1);
    Files.write(file(), bytes);
    assertRefused("its header length is 16777217 in a file of 16777316 bytes");
  }

  @Test
  void every_bfloat16_number_comes_back_bit_by_bit() throws Exception {
    write("{\"b\":{\"dtype\":\"BF16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", 131072);
    byte[] all = Files.readAllBytes(file());
    ByteBuffer data = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 65536; bits++) {
      data.putShort(all.length - 131072 + 2 * bits, (short) bits);
    }
    Files.write(file(), all);
    byte[] stored = SafetensorsFile.open(file()).bytes("b");
    float[] values = read(Safetensors.open(file()), "b");
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.BF16).add("b", new Shape(65536), FloatBuffer.wrap(values));
    Files.write(file(), bytes(writer, Map.of()));
    assertThat(SafetensorsFile.open(file()).bytes("b")).isEqualTo(stored);
  }

  @Test
  void a_number_that_is_none_stays_none_in_bfloat16() throws Exception {
    float[] values = {Float.intBitsToFloat(0x7f800001), Float.intBitsToFloat(0xff80ffff)};
    SafetensorsWriter writer =
        new SafetensorsWriter(Dtype.BF16).add("b", new Shape(2), FloatBuffer.wrap(values));
    Files.write(file(), bytes(writer, Map.of()));
    assertThat(read(Safetensors.open(file()), "b")).containsExactly(Float.NaN, Float.NaN);
  }

  @Test
  void headers_that_are_no_list_of_tensors_are_refused() throws Exception {
    write("null", 0);
    assertRefused("its header is null");
    write("[1]", 0);
    assertThatThrownBy(() -> Safetensors.open(file()))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("its header is not sound JSON: ");
    write("{\"a\":", 0);
    assertThatThrownBy(() -> Safetensors.open(file()))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("its header is not sound JSON: ");
    write("{\"a\":7}", 0);
    assertRefused("tensor a has the header 7");
    write("{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0);
    assertRefused("its metadata is {\"a\":{\"b\":\"c\"}}");
  }

  @Test
  void a_missing_file_and_a_missing_tensor_are_named() throws Exception {
    assertThatThrownBy(() -> Safetensors.open(file()))
        .isInstanceOf(BadCheckpoint.class)
        .hasMessageContaining("Cannot read " + file());
    write("{}", 0);
    Safetensors empty = Safetensors.open(file());
    assertThatThrownBy(() -> empty.shape("w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w is not in " + file());
  }

  @Test
  void values_and_shapes_must_fit() throws Exception {
    assertThatThrownBy(
            () ->
                new SafetensorsWriter(Dtype.F32).add("w", new Shape(2, 2), FloatBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("w has 3 values for the shape (2, 2)");
    write("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    Safetensors read = Safetensors.open(file());
    assertThatThrownBy(() -> read.read("a", FloatBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a has 2 elements, not 3");
    assertThatThrownBy(
            () -> {
              SafetensorsWriter half = new SafetensorsWriter(Dtype.F16);
              half.add("w", new Shape(1), FloatBuffer.allocate(1));
              half.write(new ByteArrayOutputStream(), Map.of());
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weights are written as F32 or BF16, not F16");
  }
}
