package org.clapperboard.model.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;

/**
 * The parameters of one part of the model: float32 or bfloat16 tensors, in the order of their
 * specs. They are views of one flat buffer, unless they are mapped from files.
 *
 * <p>Ranks exchange, clip, update and save the flat buffer; layers see the views. Both are the same
 * memory. Parameters may also be joined of several, each with a flat buffer of its own, or hollow:
 * those have memory only while they are filled.
 *
 * <p>Where layers compute on another device, they see a copy there: {@link #computeOn}. Everything
 * else stays in host memory, the optimizer's state among it, so that the device has room for what
 * only a device can do. Not thread-safe while it is being changed.
 */
public final class Parameters implements TensorSource, AutoCloseable {
  private final List<ParameterSpec> specs;
  private final Dtype dtype;
  private final NDManager scope = TorchEngine.newScope();
  private final Pack tensors = Pack.load("tensors");
  private final Map<String, NDArray> views = new LinkedHashMap<>();
  private final Map<String, NDArray> elsewhere = new LinkedHashMap<>();
  private final List<Parameters> units;
  private NDArray storage;
  private NDArray storageElsewhere;
  private boolean mapped;
  private boolean hollow;
  private Trainable trainable = Trainable.NO;

  private Parameters(List<ParameterSpec> specs, Dtype dtype) {
    this(specs, dtype, List.of());
  }

  private Parameters(List<ParameterSpec> specs, Dtype dtype, List<Parameters> units) {
    this.specs = List.copyOf(specs);
    this.dtype = dtype;
    this.units = List.copyOf(units);
  }

  /** Parameters of the given specs in float32, all zero. */
  public static Parameters allocate(List<ParameterSpec> specs) {
    return allocate(specs, Dtype.F32);
  }

  /** Parameters of the given specs, all zero, as F32 or BF16. */
  public static Parameters allocate(List<ParameterSpec> specs, Dtype dtype) {
    Parameters parameters = new Parameters(specs, dtype);
    long elements = parameters.elements();
    // Two bfloat16 are exchanged between ranks as one float32: their number is made even.
    long room = dtype == Dtype.BF16 ? elements + elements % 2 : elements;
    parameters.storage = parameters.zeros(room);
    long start = 0;
    for (ParameterSpec spec : specs) {
      parameters.add(spec, parameters.part(parameters.storage, start, spec));
      start += spec.elements();
    }
    return parameters;
  }

  /**
   * Frozen parameters in bfloat16, with the weights of a source. What lies in its files as bfloat16
   * is mapped: it takes memory as it is used, which the system may take back. What does not, or not
   * on a whole element, is copied.
   *
   * <p>The files must stay as they are while the parameters are in use; they may be deleted.
   *
   * @throws BadCheckpoint if a tensor is missing or does not fit
   */
  public static Parameters map(List<ParameterSpec> specs, TensorSource source) {
    LoadReport.of(specs, source).requireComplete();
    Parameters parameters = new Parameters(specs, Dtype.BF16);
    parameters.mapped = true;
    MappedFiles files = new MappedFiles(parameters.scope, parameters.tensors);
    for (ParameterSpec spec : specs) {
      NDArray mapped = files.tensor(source, spec);
      parameters.add(
          spec,
          mapped != null ? mapped : parameters.part(parameters.zeros(spec.elements()), 0, spec));
      if (mapped == null) {
        parameters.elements(spec.name()).load(0, source, spec.name(), 0, spec.elements());
      }
    }
    return parameters;
  }

  /** All parameters of several, one after the other; it closes them. */
  public static Parameters joined(List<Parameters> units) {
    List<ParameterSpec> specs = units.stream().flatMap(unit -> unit.specs().stream()).toList();
    Parameters joined = new Parameters(specs, units.get(0).dtype(), units);
    units.forEach(unit -> unit.specs().forEach(spec -> joined.add(spec, unit.tensor(spec.name()))));
    return joined;
  }

  /** Parameters of the given specs that have no memory yet. */
  public static Parameters hollow(List<ParameterSpec> specs, Dtype dtype) {
    Parameters parameters = new Parameters(specs, dtype);
    for (ParameterSpec spec : specs) {
      long[] none = {0};
      parameters.add(
          spec,
          parameters.tensors.tensor(
              parameters.scope, "unfilled_of", none, Elements.torchType(dtype)));
    }
    // A tensor keeps the first shape that it is asked for, which must not be that of nothing.
    // Memory that nobody touches takes none.
    long[] shape = {parameters.elements()};
    int type = Elements.torchType(dtype);
    NDArray once = parameters.tensors.tensor(parameters.scope, "unfilled_of", shape, type);
    parameters.fill(once);
    parameters.views.values().forEach(NDArray::getShape);
    parameters.empty();
    once.close();
    return parameters;
  }

  /**
   * Gives hollow parameters their memory.
   *
   * @param flat as many elements as they have, of their type; it stays the caller's
   */
  public void fill(NDArray flat) {
    List<NDArray> places = new ArrayList<>();
    long start = 0;
    for (ParameterSpec spec : specs) {
      places.add(part(flat, start, spec));
      start += spec.elements();
    }
    withoutGradients("point", List.copyOf(views.values()), places);
    places.forEach(NDArray::close);
    hollow = false;
  }

  /** Takes the memory away that was filled in. */
  public void empty() {
    withoutGradients("empty", List.copyOf(views.values()));
    hollow = true;
  }

  private void withoutGradients(String method, Object... arguments) {
    TorchEngine.withoutGradients(
        () -> {
          tensors.run(method, arguments);
          return null;
        });
  }

  /**
   * From now on layers see a copy on another device; {@link #publish} brings there what has changed
   * since. Layers must not have their tensors yet.
   *
   * @param device by PyTorch's name, such as {@code cuda:0}; a second copy if it is that of the
   *     host
   * @throws IllegalStateException if they are joined or hollow, train already or are there already
   */
  public void computeOn(String device) {
    if (hollow || !units.isEmpty() || trainable == Trainable.YES || !elsewhere.isEmpty()) {
      throw new IllegalStateException(
          "parameters that are joined, hollow, trained or copied already cannot be copied");
    }
    if (storage == null) {
      views.forEach(
          (name, view) -> elsewhere.put(name, tensors.tensor(scope, "copy_on", view, device)));
      return;
    }
    storageElsewhere = tensors.tensor(scope, "copy_on", storage, device);
    long start = 0;
    for (ParameterSpec spec : specs) {
      elsewhere.put(spec.name(), part(storageElsewhere, start, spec));
      start += spec.elements();
    }
  }

  /** Whether layers see a copy of them. */
  public boolean isElsewhere() {
    return !elsewhere.isEmpty();
  }

  /** Brings them to where layers compute, if that is elsewhere; what is mapped never changes. */
  public void publish() {
    if (storageElsewhere != null) {
      withoutGradients("copy", storageElsewhere, storage);
    }
  }

  /** What they are joined of, in order; themselves if they are not. */
  public List<Parameters> units() {
    return units.isEmpty() ? List.of(this) : units;
  }

  private NDArray zeros(long elements) {
    return tensors.tensor(scope, "zeros", new long[] {elements}, Elements.torchType(dtype));
  }

  private NDArray part(NDArray flat, long start, ParameterSpec spec) {
    return tensors.tensor(scope, "part", flat, start, spec.shape().getShape());
  }

  private void add(ParameterSpec spec, NDArray view) {
    if (views.put(spec.name(), view) != null) {
      throw new IllegalArgumentException("parameter " + spec.name() + " is named twice");
    }
  }

  /** What the parameters are, in their order in the flat buffer. */
  public List<ParameterSpec> specs() {
    return specs;
  }

  /** How their elements are kept, F32 or BF16. */
  public Dtype dtype() {
    return dtype;
  }

  /** The tensor of that name, where layers compute. */
  public NDArray tensor(String name) {
    return tensor(computing(), name);
  }

  private Map<String, NDArray> computing() {
    return elsewhere.isEmpty() ? views : elsewhere;
  }

  private static NDArray tensor(Map<String, NDArray> places, String name) {
    NDArray view = places.get(name);
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

  /** All tensors, in order, where layers compute. */
  public List<NDArray> tensors() {
    return List.copyOf(computing().values());
  }

  /**
   * The flat buffer that all tensors are views of. In BF16 an element that is nobody's follows
   * where their number is odd.
   *
   * @throws IllegalStateException if they are mapped, joined or hollow
   */
  public NDArray flat() {
    if (storage == null) {
      throw new IllegalStateException("mapped, joined or hollow parameters have no flat buffer");
    }
    return storage;
  }

  /**
   * The flat buffer where layers compute.
   *
   * @throws IllegalStateException if they are mapped, joined or hollow
   */
  public NDArray computedFlat() {
    return storageElsewhere == null ? flat() : storageElsewhere;
  }

  /** Number of elements. */
  public long elements() {
    return specs.stream().mapToLong(ParameterSpec::elements).sum();
  }

  /** Makes every parameter a leaf whose gradient is wanted, or not. */
  public void trainable(Trainable wanted) {
    if (wanted == Trainable.YES && mapped) {
      throw new IllegalStateException("mapped parameters cannot be trained");
    }
    trainable = wanted;
    units.forEach(unit -> unit.trainable = wanted);
    computing().values().forEach(view -> view.setRequiresGradient(wanted == Trainable.YES));
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

  /** Sets every parameter to its {@link FreshStart}. */
  public void initialise(long seed) {
    load(FreshStart.of(specs, seed));
  }

  /**
   * Copies weights in from a source, by name. What is hollow stays so.
   *
   * @throws BadCheckpoint if a tensor is missing or does not fit
   */
  public void load(TensorSource source) {
    LoadReport.of(specs, source).requireComplete();
    for (Parameters unit : units()) {
      if (!unit.hollow) {
        unit.copy(source);
      }
    }
    publish();
  }

  private void copy(TensorSource source) {
    for (ParameterSpec spec : specs) {
      elements(spec.name()).load(0, source, spec.name(), 0, spec.elements());
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
            .filter(name -> !elements(name).areFinite())
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

  /** The memory of a tensor in F32, for reading and writing, in pieces that a buffer can hold. */
  public List<FloatBuffer> pieces(String name) {
    return pieces(name, Elements.MAX_PIECE_ELEMENTS);
  }

  List<FloatBuffer> pieces(String name, long maxElements) {
    return Elements.of(tensors, tensor(views, name), dtype, maxElements).floats();
  }

  /**
   * The memory of a tensor.
   *
   * @throws IllegalStateException if it has none at the time
   */
  public Elements elements(String name) {
    if (units().stream().anyMatch(unit -> unit.hollow && unit.has(name))) {
      throw new IllegalStateException("parameter " + name + " is hollow");
    }
    return Elements.of(tensors, tensor(views, name), dtype, Elements.MAX_PIECE_ELEMENTS);
  }

  /** A tensor in the type of these, whose values are written next, from outside. */
  public NDArray unfilled(NDManager scope, long... shape) {
    return tensors.tensor(scope, "unfilled_of", shape, Elements.torchType(dtype));
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
  public String origin() {
    return "the model";
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(views.keySet());
  }

  @Override
  public Shape shape(String name) {
    return tensor(views, name).getShape();
  }

  @Override
  public Dtype dtype(String name) {
    return dtype;
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    elements(name).read(first, target);
  }

  @Override
  public void close() {
    units.forEach(Parameters::close);
    scope.close();
  }
}
