package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tensors that lie in one buffer, in the order of their specs. */
public final class FlatTensors implements TensorSource {
  private final Elements elements;
  private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
  private final Map<String, Long> starts = new HashMap<>();

  /** The tensors of these specs in a buffer of F32 elements. */
  public FlatTensors(List<ParameterSpec> specs, Elements elements) {
    this.elements = elements;
    long start = 0;
    for (ParameterSpec spec : specs) {
      this.specs.put(spec.name(), spec);
      starts.put(spec.name(), start);
      start += spec.elements();
    }
  }

  @Override
  public String origin() {
    return "memory";
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(specs.keySet());
  }

  @Override
  public Shape shape(String name) {
    return specs.get(name).shape();
  }

  @Override
  public Dtype dtype(String name) {
    return Dtype.F32;
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    elements.read(starts.get(name) + first, target);
  }
}
