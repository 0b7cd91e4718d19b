package org.clapperboard.model.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * One forward pass and the backward pass after it. Either autograd keeps what layers compute on
 * their way, or only what goes into each of them is kept, and a layer is run again when the
 * backward pass comes to it (Chen and others, 2016, "Training Deep Nets with Sublinear Memory
 * Cost"). Layers hold no random state, so running again gives the same bits, and so does the
 * gradient.
 *
 * <p>For one pass, on one thread.
 */
public final class Tape {
  /** What is kept of a forward pass for its backward pass. */
  public enum Activations {
    /** All that autograd asks for. */
    KEEP,
    /** What goes into layers; the rest is computed again. */
    RECOMPUTE
  }

  /** A layer: a function of its inputs, and of parameters and constants. */
  public interface Layer {
    /** Runs it; what it makes belongs to the scope. */
    List<NDArray> run(NDManager scope, List<NDArray> inputs);
  }

  private final Activations activations;
  private final boolean cuts;
  private final Pack tensors = Pack.load("tensors");
  private final Deque<Runnable> backwards = new ArrayDeque<>();
  private final IdentityHashMap<NDArray, NDArray> leaves = new IdentityHashMap<>();

  /** A tape for a pass. */
  public Tape(Activations activations) {
    this(activations, activations == Activations.RECOMPUTE);
  }

  private Tape(Activations activations, boolean cuts) {
    this.activations = activations;
    this.cuts = cuts;
  }

  /** A tape that goes backward through one layer at a time, whatever is kept of it. */
  public static Tape byLayers(Activations activations) {
    return new Tape(activations, true);
  }

  /** A tape for passes that nothing goes backward after, or that keep everything. */
  public static Tape keeping() {
    return new Tape(Activations.KEEP);
  }

  /**
   * Runs a layer.
   *
   * @param scope takes its outputs
   * @param inputs all that it depends on and that has a graph
   * @param learns whether parameters of it are trained
   */
  public List<NDArray> run(NDManager scope, List<NDArray> inputs, boolean learns, Layer layer) {
    if (!cuts || !JniUtils.isGradMode()) {
      return layer.run(scope, inputs);
    }
    List<NDArray> from = inputs.stream().map(input -> leaf(scope, input)).toList();
    if (!learns && from.stream().noneMatch(this::isRecorded)) {
      return layer.run(scope, inputs);
    }
    if (activations == Activations.KEEP) {
      return kept(scope, layer.run(scope, from));
    }
    List<NDArray> outputs = TorchEngine.withoutGradients(() -> detached(scope, from, layer));
    outputs.forEach(output -> output.setRequiresGradient(true));
    backwards.push(() -> again(from, layer, outputs));
    return outputs;
  }

  private List<NDArray> kept(NDManager scope, List<NDArray> made) {
    List<NDArray> outputs = made.stream().map(part -> tensors.tensor(scope, "leaf", part)).toList();
    outputs.forEach(output -> output.setRequiresGradient(true));
    backwards.push(
        () -> {
          backward(scope, made, outputs);
          made.forEach(NDArray::close);
        });
    return outputs;
  }

  private static List<NDArray> detached(NDManager scope, List<NDArray> inputs, Layer layer) {
    try (NDManager inner = TorchEngine.newScope()) {
      List<NDArray> outputs = layer.run(inner, inputs);
      outputs.forEach(output -> output.attach(scope));
      return outputs;
    }
  }

  /** Runs a layer again, this time with a graph, and goes backward through it. */
  private void again(List<NDArray> inputs, Layer layer, List<NDArray> outputs) {
    try (NDManager inner = TorchEngine.newScope()) {
      backward(inner, layer.run(inner, inputs), outputs);
    }
    outputs.forEach(NDArray::close);
  }

  private void backward(NDManager scope, List<NDArray> made, List<NDArray> outputs) {
    if (made.size() == 1) {
      backward(made.get(0), outputs.get(0));
    } else {
      start(scope, tensors.tensor(scope, "times_gradients", made, outputs));
    }
  }

  /** The input as the start of a graph of its own, if it is part of one. */
  private NDArray leaf(NDManager scope, NDArray input) {
    // DJL's hasGradient knows leaves only.
    if (input.hasGradient() || !isRecorded(input)) {
      return input;
    }
    return leaves.computeIfAbsent(
        input,
        part -> {
          NDArray leaf = tensors.tensor(scope, "leaf", part);
          leaf.setRequiresGradient(true);
          backwards.push(() -> backward(part, leaf));
          return leaf;
        });
  }

  private boolean isRecorded(NDArray tensor) {
    return tensors.number("recorded", tensor) == 1;
  }

  /**
   * Adds the gradients of a loss to those of the parameters that train: none, where no parameter
   * that trains took part in it, as with text beside a projector that trains alone.
   *
   * @param total a scalar
   */
  public void backward(NDManager scope, NDArray total) {
    begin(scope, total);
    unwind(0);
  }

  /** Goes backward from a loss to the last layer, and no further. */
  public void begin(NDManager scope, NDArray total) {
    if (isRecorded(total)) {
      start(scope, total);
    }
  }

  /** How much of the forward pass is on the tape. */
  public int mark() {
    return backwards.size();
  }

  /** Goes backward to where the forward pass was at a mark. */
  public void unwind(int mark) {
    while (backwards.size() > mark) {
      backwards.pop().run();
    }
  }

  private void start(NDManager scope, NDArray total) {
    NDArray one = tensors.tensor(scope, "one", total);
    JniUtils.backward((PtNDArray) total, (PtNDArray) one, false, false);
  }

  /** Goes backward from a tensor with the gradient that a copy of it has. */
  private static void backward(NDArray from, NDArray copy) {
    try (NDArray gradient = copy.getGradient()) {
      JniUtils.backward((PtNDArray) from, (PtNDArray) gradient, false, false);
    }
  }
}
