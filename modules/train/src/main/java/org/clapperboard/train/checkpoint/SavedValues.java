package org.clapperboard.train.checkpoint;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.clapperboard.config.BadCheckpoint;
import org.clapperboard.data.storage.LocalCopy;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.model.weights.TensorSource;

/** The values in the files of a checkpoint, in float32, whichever rank saved them. */
public final class SavedValues implements AutoCloseable {
  private final List<LocalCopy> copies = new ArrayList<>();
  private final Map<String, NavigableMap<Long, SavedSlice>> slices = new HashMap<>();

  SavedValues() {}

  LocalCopy add(LocalCopy copy) {
    copies.add(copy);
    return copy;
  }

  void add(Safetensors tensors) {
    tensors.names().stream()
        .map(tensor -> SavedSlice.of(tensor, tensors))
        .filter(slice -> slice.kind().equals("values") && slice.count() > 0)
        .forEach(
            slice ->
                slices
                    .computeIfAbsent(slice.name(), name -> new TreeMap<>())
                    .put(slice.start(), slice));
  }

  /**
   * The parameters of a name. They can be read until this is closed.
   *
   * @param specs all of them, in order
   */
  public TensorSource of(String name, List<ParameterSpec> specs) {
    return new Source(specs, slices.getOrDefault(name, new TreeMap<>()));
  }

  @Override
  public void close() {
    copies.forEach(LocalCopy::close);
  }

  /** Tensors that lie across slices. */
  private static final class Source implements TensorSource {
    private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();
    private final Map<String, Long> starts = new HashMap<>();
    private final NavigableMap<Long, SavedSlice> slices;

    Source(List<ParameterSpec> specs, NavigableMap<Long, SavedSlice> slices) {
      this.slices = slices;
      long start = 0;
      for (ParameterSpec spec : specs) {
        this.specs.put(spec.name(), spec);
        starts.put(spec.name(), start);
        start += spec.elements();
      }
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
          throw new BadCheckpoint(
              "Cannot read " + name + " of a checkpoint: no rank has saved it.");
        }
        long left = slice.getKey() + slice.getValue().count() - at;
        int count = (int) Math.min(left, target.remaining());
        slice.getValue().read(at, target.slice(target.position(), count));
        target.position(target.position() + count);
        at += count;
      }
    }
  }
}
