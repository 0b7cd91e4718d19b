package org.clapperboard.model.weights;

import ai.djl.ndarray.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.engine.Pack;

/**
 * The memory of a contiguous tensor of F32 or BF16 elements, read and written as float32 whatever
 * it holds. It is the tensor's own memory and lives no longer than that.
 */
public final class Elements {
  /** A buffer cannot be longer than 2 GiB, and the embedding table of a large model is. */
  static final long MAX_PIECE_ELEMENTS = 1L << 28;

  private static final int CHUNK_ELEMENTS = 1 << 22;

  private final Dtype dtype;
  private final long count;
  private final long maxPiece;
  private final List<ByteBuffer> pieces;

  private Elements(Dtype dtype, long count, long maxPiece, List<ByteBuffer> pieces) {
    this.dtype = dtype;
    this.count = count;
    this.maxPiece = maxPiece;
    this.pieces = pieces;
  }

  /** The memory of a tensor whose elements are of that type. */
  public static Elements of(NDArray tensor, Dtype dtype) {
    return of(Pack.load("tensors"), tensor, dtype, MAX_PIECE_ELEMENTS);
  }

  static Elements of(Pack tensors, NDArray tensor, Dtype dtype, long maxPiece) {
    long count = tensor.size();
    List<ByteBuffer> pieces = new ArrayList<>();
    for (long start = 0; start < count; start += maxPiece) {
      long[] elements = {Math.min(maxPiece, count - start)};
      try (NDArray part = tensors.tensor(tensor.getManager(), "part", tensor, start, elements)) {
        pieces.add(part.toByteBuffer(true).order(ByteOrder.nativeOrder()));
      }
    }
    return new Elements(dtype, count, maxPiece, pieces);
  }

  /** PyTorch's number for a type of elements that tensors are made of here. */
  static int torchType(Dtype dtype) {
    if (dtype != Dtype.F32 && dtype != Dtype.BF16) {
      throw new IllegalArgumentException("parameters are F32 or BF16, not " + dtype);
    }
    return dtype == Dtype.F32 ? 6 : 15;
  }

  /** How many there are. */
  public long count() {
    return count;
  }

  /** Copies elements from {@code first} on until the buffer is full. */
  public void read(long first, FloatBuffer target) {
    for (long at = first; target.hasRemaining(); ) {
      ByteBuffer run = run(at, target.remaining());
      at += run.remaining() / dtype.bytes();
      dtype.toFloats(run, target);
    }
  }

  /** Replaces elements from {@code first} on by all remaining values, rounded to nearest even. */
  public void write(long first, FloatBuffer values) {
    for (long at = first; values.hasRemaining(); ) {
      ByteBuffer run = run(at, values.remaining());
      int elements = run.remaining() / dtype.bytes();
      dtype.fromFloats(values.slice(values.position(), elements), run);
      values.position(values.position() + elements);
      at += elements;
    }
  }

  /**
   * Copies all of another's memory, on any thread.
   *
   * @throws IllegalArgumentException if it is not of the same type and size
   */
  public void copyFrom(Elements other) {
    if (other.dtype != dtype || other.count != count || other.maxPiece != maxPiece) {
      throw new IllegalArgumentException(
          other.count + " " + other.dtype + " do not fit into " + count + " " + dtype);
    }
    for (int i = 0; i < pieces.size(); i++) {
      pieces.get(i).duplicate().clear().put(other.pieces.get(i).duplicate().clear());
    }
  }

  /**
   * Replaces elements by those of a tensor in a source.
   *
   * @param at the first element to replace
   * @param first the element of the source's tensor that goes there
   * @param elements how many
   */
  public void load(long at, TensorSource source, String name, long first, long elements) {
    FloatBuffer chunk = FloatBuffer.allocate((int) Math.min(CHUNK_ELEMENTS, elements));
    for (long done = 0; done < elements; done += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), elements - done));
      source.read(name, first + done, chunk);
      write(at + done, chunk.flip());
    }
  }

  /** Whether none of them is infinite or no number. */
  boolean areFinite() {
    return pieces.stream().allMatch(dtype == Dtype.F32 ? Elements::finite32 : Elements::finite16);
  }

  private static boolean finite32(ByteBuffer data) {
    // Any NaN or infinity times zero is NaN, and stays it in the sum.
    float sum = 0;
    for (FloatBuffer values = asFloats(data); values.hasRemaining(); ) {
      sum += values.get() * 0;
    }
    return sum == 0;
  }

  private static boolean finite16(ByteBuffer data) {
    int broken = 0;
    ShortBuffer bits = data.duplicate().order(data.order()).asShortBuffer();
    for (int i = 0; i < bits.limit(); i++) {
      broken += (bits.get(i) & 0x7f80) == 0x7f80 ? 1 : 0;
    }
    return broken == 0;
  }

  /** The memory as float buffers; elements are F32. */
  List<FloatBuffer> floats() {
    if (dtype != Dtype.F32) {
      throw new IllegalArgumentException("the elements are " + dtype + ", not F32");
    }
    return pieces.stream().map(Elements::asFloats).toList();
  }

  private static FloatBuffer asFloats(ByteBuffer data) {
    return data.duplicate().order(data.order()).asFloatBuffer();
  }

  /** The bytes of some elements, as many as lie in one piece. */
  private ByteBuffer run(long at, int most) {
    ByteBuffer piece = pieces.get(Math.toIntExact(at / maxPiece));
    int start = (int) (at % maxPiece) * dtype.bytes();
    long bytes = Math.min(piece.capacity() - start, (long) most * dtype.bytes());
    return piece.slice(start, (int) bytes).order(piece.order());
  }
}
