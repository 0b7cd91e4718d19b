package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Writes float32 tensors as a safetensors file, in the order they were added. */
public final class SafetensorsWriter {
  private static final int CHUNK_ELEMENTS = 1 << 20;

  private final Dtype dtype;
  private final Map<String, Values> tensors = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /** A writer that stores every element as that dtype, F32 or BF16. */
  public SafetensorsWriter(Dtype dtype) {
    this.dtype = dtype;
  }

  /** Adds a tensor; its memory is read when the file is written. */
  public SafetensorsWriter add(String name, Shape shape, FloatBuffer values) {
    int first = values.position();
    return add(
        name,
        shape,
        values.remaining(),
        (at, target) -> target.put(values.slice(Math.toIntExact(first + at), target.remaining())));
  }

  /** Adds a tensor; its memory is read when the file is written. */
  public SafetensorsWriter add(String name, Shape shape, Elements elements) {
    return add(name, shape, elements.count(), elements::read);
  }

  /** Adds a tensor of a source. */
  public SafetensorsWriter add(String name, TensorSource source) {
    Shape shape = source.shape(name);
    return add(name, shape, shape.size(), (at, target) -> source.read(name, at, target));
  }

  /** Adds all tensors of a source. */
  public SafetensorsWriter add(TensorSource source) {
    source.names().forEach(name -> add(name, source));
    return this;
  }

  private SafetensorsWriter add(String name, Shape shape, long values, Values reader) {
    if (values != shape.size()) {
      throw new IllegalArgumentException(
          name + " has " + values + " values for the shape " + shape);
    }
    tensors.put(name, reader);
    shapes.put(name, shape);
    return this;
  }

  /** The names of all tensors, in the order they were added. */
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  /** Writes header and data. */
  public void write(OutputStream out, Map<String, String> metadata) throws IOException {
    Map<String, Safetensors.Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, Shape> tensor : shapes.entrySet()) {
      long end = at + tensor.getValue().size() * dtype.bytes();
      entries.put(tensor.getKey(), new Safetensors.Entry(dtype, tensor.getValue(), at, end));
      at = end;
    }
    byte[] header = Safetensors.header(entries, metadata);
    // Readers map the data: keep it aligned by padding the header with blanks.
    int padded = (header.length + 7) / 8 * 8;
    ByteBuffer start = ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(padded).put(header);
    while (start.hasRemaining()) {
      start.put((byte) ' ');
    }
    out.write(start.array());
    for (Map.Entry<String, Values> tensor : tensors.entrySet()) {
      write(out, dtype, shapes.get(tensor.getKey()).size(), tensor.getValue());
    }
  }

  /** Writes that many elements as a dtype, a chunk at a time. */
  static void write(OutputStream out, Dtype dtype, long elements, Values values)
      throws IOException {
    FloatBuffer floats = FloatBuffer.allocate((int) Math.min(CHUNK_ELEMENTS, elements));
    ByteBuffer chunk =
        ByteBuffer.allocate(floats.capacity() * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = 0; at < elements; at += floats.limit()) {
      floats.clear().limit((int) Math.min(floats.capacity(), elements - at));
      values.read(at, floats);
      chunk.clear().limit(floats.limit() * dtype.bytes());
      dtype.fromFloats(floats.flip(), chunk);
      out.write(chunk.array(), 0, chunk.limit());
    }
  }

  /** Elements of a tensor, from one on until the buffer is full. */
  interface Values {
    void read(long first, FloatBuffer target);
  }
}
