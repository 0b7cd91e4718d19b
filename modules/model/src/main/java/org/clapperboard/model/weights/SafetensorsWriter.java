package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes float32 tensors as a safetensors file, in the order they were added. */
public final class SafetensorsWriter {
  private static final int CHUNK_ELEMENTS = 1 << 18;

  private final Dtype dtype;
  private final Map<String, List<FloatBuffer>> tensors = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /** A writer that stores every element as that dtype, F32 or BF16. */
  public SafetensorsWriter(Dtype dtype) {
    this.dtype = dtype;
  }

  /** Adds a tensor; its memory is read when the file is written. */
  public SafetensorsWriter add(String name, Shape shape, FloatBuffer values) {
    return add(name, shape, List.of(values));
  }

  /** Adds a tensor whose memory comes in pieces. */
  public SafetensorsWriter add(String name, Shape shape, List<FloatBuffer> pieces) {
    long values = pieces.stream().mapToLong(FloatBuffer::remaining).sum();
    if (values != shape.size()) {
      throw new IllegalArgumentException(
          name + " has " + values + " values for the shape " + shape);
    }
    tensors.put(name, pieces);
    shapes.put(name, shape);
    return this;
  }

  /** Adds all parameters. */
  public SafetensorsWriter add(Parameters parameters) {
    for (ParameterSpec spec : parameters.specs()) {
      add(spec.name(), spec.shape(), parameters.pieces(spec.name()));
    }
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
    for (List<FloatBuffer> pieces : tensors.values()) {
      for (FloatBuffer values : pieces) {
        write(out, values.duplicate());
      }
    }
  }

  private void write(OutputStream out, FloatBuffer values) throws IOException {
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_ELEMENTS * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      int count = Math.min(CHUNK_ELEMENTS, values.remaining());
      chunk.clear().limit(count * dtype.bytes());
      dtype.fromFloats(values.slice(values.position(), count), chunk);
      values.position(values.position() + count);
      out.write(chunk.array(), 0, count * dtype.bytes());
    }
  }
}
