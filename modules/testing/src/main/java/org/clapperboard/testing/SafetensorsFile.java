package org.clapperboard.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A safetensors file held in memory, read without any code of the product.
 *
 * <p>Layout: 8 bytes little-endian length of a JSON header, the header, then the raw data. Tests
 * compare the product's own reader and writer with this one, so it shares nothing with them. Not
 * meant for files over 2 GB.
 */
public final class SafetensorsFile {

  private final Path path;
  private final JsonNode header;
  private final ByteBuffer data;
  private final Set<String> unread;

  private SafetensorsFile(Path path, JsonNode header, ByteBuffer data) {
    this.path = path;
    this.header = header;
    this.data = data;
    this.unread = names();
  }

  /** Reads the whole file. Throws UncheckedIOException where it cannot be read. */
  public static SafetensorsFile open(Path path) {
    try {
      ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = Math.toIntExact(file.getLong());
      String text = new String(file.array(), Long.BYTES, headerLength, StandardCharsets.UTF_8);
      file.position(Long.BYTES + headerLength);
      return new SafetensorsFile(path, new ObjectMapper().readTree(text), file.slice());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  /** The names of all tensors, in the order of the header. */
  public Set<String> names() {
    Set<String> names = new LinkedHashSet<>();
    header.fieldNames().forEachRemaining(names::add);
    names.remove("__metadata__");
    return names;
  }

  /** The names of the tensors whose values nobody has asked for yet. */
  public Set<String> unread() {
    return unread;
  }

  /** The sizes of a tensor's dimensions; empty for a scalar. */
  public long[] shape(String name) {
    JsonNode sizes = entry(name).get("shape");
    long[] shape = new long[sizes.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong();
    }
    return shape;
  }

  /** The data type as the file spells it: F32, F64, F16, BF16, I64, U8 and so on. */
  public String dtype(String name) {
    return entry(name).get("dtype").asText();
  }

  /** A tensor's raw little-endian bytes. */
  public byte[] bytes(String name) {
    JsonNode offsets = entry(name).get("data_offsets");
    unread.remove(name);
    int begin = offsets.get(0).asInt();
    byte[] bytes = new byte[offsets.get(1).asInt() - begin];
    data.get(begin, bytes);
    return bytes;
  }

  /** A tensor of type F32, F64 or BF16 as floats. */
  public float[] floats(String name) {
    ByteBuffer raw = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
    String type = dtype(name);
    int width =
        switch (type) {
          case "F32" -> Float.BYTES;
          case "F64" -> Double.BYTES;
          case "BF16" -> Short.BYTES;
          default -> throw wrongType(name, "F32, F64 or BF16");
        };
    float[] values = new float[raw.remaining() / width];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (width) {
            case Float.BYTES -> raw.getFloat();
            case Double.BYTES -> (float) raw.getDouble();
            default -> Float.intBitsToFloat(raw.getShort() << 16);
          };
    }
    return values;
  }

  /** A tensor of type I64, I32, U8 or BOOL as longs. */
  public long[] longs(String name) {
    ByteBuffer raw = ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
    String type = dtype(name);
    int width =
        switch (type) {
          case "I64" -> Long.BYTES;
          case "I32" -> Integer.BYTES;
          case "U8", "BOOL" -> 1;
          default -> throw wrongType(name, "I64, I32, U8 or BOOL");
        };
    long[] values = new long[raw.remaining() / width];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (width) {
            case Long.BYTES -> raw.getLong();
            case Integer.BYTES -> raw.getInt();
            default -> raw.get() & 0xff;
          };
    }
    return values;
  }

  private JsonNode entry(String name) {
    JsonNode entry = header.get(name);
    if (entry == null) {
      throw new IllegalArgumentException(
          path + " has no tensor \"" + name + "\" (it has: " + names() + ")");
    }
    return entry;
  }

  private IllegalArgumentException wrongType(String name, String expected) {
    return new IllegalArgumentException(
        path + " " + name + " is " + dtype(name) + " (expected: " + expected + ")");
  }
}
