package org.clapperboard.train.checkpoint;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;

/** Parameters whose values lie in the slices of a checkpoint. */
final class SavedValues implements TensorSource {
  private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
  private final Map<String, Long> starts = new LinkedHashMap<>();
  private final TreeMap<Long, SavedSlice> slices = new TreeMap<>();

  SavedValues(List<ParameterSpec> specs, List<SavedSlice> slices) {
    long start = 0;
    for (ParameterSpec spec : specs) {
      this.specs.put(spec.name(), spec);
      starts.put(spec.name(), start);
      start += spec.elements();
    }
    slices.stream()
        .filter(slice -> slice.count() > 0)
        .forEach(slice -> this.slices.put(slice.start(), slice));
  }

  @Override
  public String origin() {
    return "a checkpoint";
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
    long at = starts.get(name) + first;
    while (target.hasRemaining()) {
      Map.Entry<Long, SavedSlice> slice = slices.floorEntry(at);
      if (slice == null || at >= slice.getKey() + slice.getValue().count()) {
        throw new BadCheckpoint("Cannot read " + name + " of a checkpoint: no rank has saved it.");
      }
      long left = slice.getKey() + slice.getValue().count() - at;
      int count = (int) Math.min(left, target.remaining());
      slice.getValue().read(at, target.slice(target.position(), count));
      target.position(target.position() + count);
      at += count;
    }
  }
}
