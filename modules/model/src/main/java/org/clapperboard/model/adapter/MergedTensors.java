package org.clapperboard.model.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FileRegion;
import org.clapperboard.model.weights.LoadReport;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;

/**
 * Tensors with an adapter added to them, in float32: W + factor B A. The sum is made as it is read,
 * in blocks of rows, so that it does not depend on where a read begins.
 *
 * <p>Not thread-safe.
 */
public final class MergedTensors implements TensorSource {
  private static final int BLOCK_ROWS = 64;

  private final TensorSource base;
  private final TensorSource adapter;
  private final double factor;
  private final Pack pack = Pack.load("adapter");
  private String blockName;
  private long block;
  private float[] delta;

  private MergedTensors(TensorSource base, TensorSource adapter, double factor) {
    this.base = base;
    this.adapter = adapter;
    this.factor = factor;
  }

  /**
   * Tensors with an adapter.
   *
   * @param adapter matrices under the names that {@link Lora} gives them
   * @param rank its rank
   * @param factor what B A is multiplied by
   * @throws org.clapperboard.config.BadCheckpoint if a matrix of the adapter has no tensor to go
   *     to, or does not fit, or one of a pair is missing
   */
  public static MergedTensors of(TensorSource base, TensorSource adapter, int rank, double factor) {
    List<ParameterSpec> expected = new ArrayList<>();
    for (String name : base.names()) {
      boolean there = adapted(adapter, name);
      if (there && base.shape(name).dimension() == 2) {
        ParameterSpec weight = ParameterSpec.constant(name, 0, base.shape(name).getShape());
        expected.addAll(Lora.beside(weight, rank));
      }
    }
    LoadReport.of(expected, adapter).requireExact();
    return new MergedTensors(base, adapter, factor);
  }

  private static boolean adapted(TensorSource adapter, String name) {
    return name.endsWith(".weight")
        && (adapter.names().contains(Lora.a(name)) || adapter.names().contains(Lora.b(name)));
  }

  @Override
  public String origin() {
    return base.origin() + " with " + adapter.origin();
  }

  @Override
  public Set<String> names() {
    return base.names();
  }

  @Override
  public Shape shape(String name) {
    return base.shape(name);
  }

  @Override
  public Dtype dtype(String name) {
    // What holds no weights is for whoever loads it to refuse.
    boolean merged = adapted(adapter, name) && base.dtype(name).holdsWeights();
    return merged ? Dtype.F32 : base.dtype(name);
  }

  @Override
  public FileRegion region(String name) {
    return adapted(adapter, name) ? null : base.region(name);
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    int start = target.position();
    base.read(name, first, target);
    if (adapted(adapter, name)) {
      long columns = base.shape(name).get(1);
      for (int at = start; at < target.position(); ) {
        long element = first + at - start;
        float[] rows = delta(name, element / columns / BLOCK_ROWS);
        int from = Math.toIntExact(element - element / columns / BLOCK_ROWS * BLOCK_ROWS * columns);
        int end = Math.min(rows.length, from + target.position() - at);
        for (int i = from; i < end; i++) {
          target.put(at, target.get(at) + rows[i]);
          at++;
        }
      }
    }
  }

  /** What is added to a block of rows. */
  private float[] delta(String name, long wanted) {
    if (!name.equals(blockName) || wanted != block) {
      long rank = adapter.shape(Lora.a(name)).get(0);
      long first = wanted * BLOCK_ROWS;
      long rows = Math.min(BLOCK_ROWS, base.shape(name).get(0) - first);
      try (NDManager scope = TorchEngine.newScope()) {
        NDArray b = tensor(scope, Lora.b(name), first * rank, rows, rank);
        NDArray a = tensor(scope, Lora.a(name), 0, rank, base.shape(name).get(1));
        delta =
            TorchEngine.withoutGradients(
                () -> pack.tensor(scope, "delta", b, a, factor).toFloatArray());
      }
      blockName = name;
      block = wanted;
    }
    return delta;
  }

  private NDArray tensor(NDManager scope, String name, long first, long rows, long columns) {
    FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(rows * columns));
    adapter.read(name, first, values);
    return scope.create(values.array(), new Shape(rows, columns));
  }
}
