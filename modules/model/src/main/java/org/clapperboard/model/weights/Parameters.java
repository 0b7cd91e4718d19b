package org.clapperboard.model.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;

/**
 * The parameters of one part of the model: float32 tensors that are views of one flat buffer, in
 * the order of their specs.
 *
 * <p>Ranks exchange, clip, update and save the flat buffer; layers see the views. Both are the same
 * memory. Not thread-safe while it is being changed.
 */
public final class Parameters implements AutoCloseable {
  private static final int FLOAT32 = 6;

  /** A buffer cannot be longer than 2 GiB, and the embedding table of a large model is. */
  static final long MAX_PIECE_ELEMENTS = 1L << 28;

  private final List<ParameterSpec> specs;
  private final NDManager scope;
  private final Pack tensors;
  private final NDArray flat;
  private final Map<String, NDArray> views = new LinkedHashMap<>();
  private Trainable trainable = Trainable.NO;
  private final Map<String, Long> starts = new HashMap<>();

  private Parameters(List<ParameterSpec> specs) {
    this.specs = List.copyOf(specs);
    this.scope = TorchEngine.newScope();
    this.tensors = Pack.load("tensors");
    long elements = specs.stream().mapToLong(ParameterSpec::elements).sum();
    this.flat = tensors.tensor(scope, "zeros", new long[] {elements}, FLOAT32);
    long start = 0;
    for (ParameterSpec spec : specs) {
      long[] shape = spec.shape().getShape();
      NDArray view = tensors.tensor(scope, "part", flat, start, shape);
      if (views.put(spec.name(), view) != null) {
        throw new IllegalArgumentException("parameter " + spec.name() + " is named twice");
      }
      starts.put(spec.name(), start);
      start += spec.elements();
    }
  }

  /** Parameters of the given specs, all zero. */
  public static Parameters allocate(List<ParameterSpec> specs) {
    return new Parameters(specs);
  }

  /** What the parameters are, in their order in the flat buffer. */
  public List<ParameterSpec> specs() {
    return specs;
  }

  /** The tensor of that name. */
  public NDArray tensor(String name) {
    NDArray view = views.get(name);
    if (view == null) {
      throw new IllegalArgumentException("parameter " + name + " is not part of this model");
    }
    return view;
  }

  /** Whether there is a parameter of that name. */
  public boolean has(String name) {
    return views.containsKey(name);
  }

  /** The tensors of those names, as a layer takes them. */
  public NDArray[] tensors(String prefix, String... names) {
    return Arrays.stream(names).map(name -> tensor(prefix + name)).toArray(NDArray[]::new);
  }

  /** All tensors, in order. */
  public List<NDArray> tensors() {
    return List.copyOf(views.values());
  }

  /** The flat buffer that all tensors are views of. */
  public NDArray flat() {
    return flat;
  }

  /** Number of elements. */
  public long elements() {
    return flat.size();
  }

  /** Makes every parameter a leaf whose gradient is wanted, or not. */
  public void trainable(Trainable wanted) {
    trainable = wanted;
    views.values().forEach(view -> view.setRequiresGradient(wanted == Trainable.YES));
  }

  /** Whether their gradients are wanted. */
  public Trainable trainable() {
    return trainable;
  }

  /** Whether gradients are wanted for a set of parameters. */
  public enum Trainable {
    /** Gradients are computed. */
    YES,
    /** The parameters are frozen. */
    NO
  }

  /**
   * Sets every parameter to its fresh start. Each draws from its own stream, a function of the seed
   * and its name, so that neither order nor company changes a value.
   */
  public void initialise(long seed) {
    for (ParameterSpec spec : specs) {
      SplittableRandom random = new SplittableRandom(streamOf(seed, spec.name()));
      pieces(spec.name()).forEach(piece -> fill(piece, spec.start(), random));
    }
  }

  private static void fill(FloatBuffer values, ParameterSpec.Start start, SplittableRandom random) {
    double number = start.number();
    while (values.hasRemaining()) {
      values.put(
          (float)
              switch (start.rule()) {
                case CONSTANT -> number;
                case NORMAL -> number * gaussian(random);
                case UNIFORM -> random.nextDouble(-number, number);
              });
    }
  }

  /**
   * Copies weights in from a source, by name.
   *
   * @throws BadCheckpoint if a tensor is missing or does not fit
   */
  public void load(TensorSource source) {
    LoadReport.of(specs, source).requireComplete();
    for (ParameterSpec spec : specs) {
      long first = 0;
      for (FloatBuffer piece : pieces(spec.name())) {
        long elements = piece.remaining();
        source.read(spec.name(), first, piece);
        first += elements;
      }
    }
  }

  /**
   * Refuses weights that are not numbers, as an overflow in 16 bits leaves them.
   *
   * @param origin where they came from
   * @throws BadCheckpoint if a parameter has an element that is NaN or infinite
   */
  public void requireFinite(String origin) {
    List<String> broken =
        specs.stream()
            .map(ParameterSpec::name)
            .filter(name -> !pieces(name).stream().allMatch(Parameters::isFinite))
            .toList();
    if (!broken.isEmpty()) {
      throw new BadCheckpoint(
          "Cannot use weights from "
              + origin
              + ": "
              + broken.size()
              + " tensors have elements that are NaN or infinite: "
              + broken.stream().limit(5).collect(Collectors.joining(", "))
              + (broken.size() > 5 ? " and " + (broken.size() - 5) + " more." : "."));
    }
  }

  private static boolean isFinite(FloatBuffer values) {
    // Any NaN or infinity times zero is NaN, and stays it in the sum.
    float sum = 0;
    while (values.hasRemaining()) {
      sum += values.get() * 0;
    }
    return sum == 0;
  }

  /** The memory of a tensor, for reading and writing, in pieces that a buffer can hold. */
  public List<FloatBuffer> pieces(String name) {
    return pieces(name, MAX_PIECE_ELEMENTS);
  }

  List<FloatBuffer> pieces(String name, long maxElements) {
    List<FloatBuffer> pieces = new ArrayList<>();
    long start = starts.get(name);
    long end = start + tensor(name).size();
    while (start < end) {
      long elements = Math.min(maxElements, end - start);
      try (NDArray part = tensors.tensor(scope, "part", flat, start, new long[] {elements})) {
        // The memory is the flat buffer's, which outlives this handle.
        pieces.add(floats(part));
      }
      start += elements;
    }
    return pieces;
  }

  /** The memory of a float32 tensor, for reading and writing. */
  public static FloatBuffer floats(NDArray tensor) {
    if (tensor.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException("tensor is " + tensor.getDataType() + ", not float32");
    }
    return bytes(tensor).asFloatBuffer();
  }

  /** The memory of a tensor as bytes, for reading and writing. */
  public static ByteBuffer bytes(NDArray tensor) {
    return tensor.toByteBuffer(true);
  }

  @Override
  public void close() {
    scope.close();
  }

  /** Box and Muller's normal deviate; written out because the JDK may change its own. */
  private static double gaussian(SplittableRandom random) {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }

  private static long streamOf(long seed, String name) {
    long hash = 0xcbf29ce484222325L ^ seed;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001b3L;
    }
    return hash;
  }
}
