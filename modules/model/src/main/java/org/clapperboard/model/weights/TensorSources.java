package org.clapperboard.model.weights;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.clapperboard.config.BadCheckpoint;

/** Several sources as one. */
public final class TensorSources implements TensorSource {
  private final Map<String, TensorSource> owners;
  private final String origin;

  private TensorSources(Map<String, TensorSource> owners, String origin) {
    this.owners = owners;
    this.origin = origin;
  }

  /**
   * The union of sources.
   *
   * @throws BadCheckpoint if two of them have a tensor of the same name
   */
  public static TensorSources of(List<? extends TensorSource> sources) {
    Map<String, TensorSource> owners = new LinkedHashMap<>();
    for (TensorSource source : sources) {
      for (String name : source.names()) {
        TensorSource other = owners.put(name, source);
        if (other != null) {
          throw new BadCheckpoint(
              "Cannot load "
                  + name
                  + ": it is in "
                  + other.origin()
                  + " and in "
                  + source.origin());
        }
      }
    }
    return new TensorSources(
        owners, sources.stream().map(TensorSource::origin).collect(Collectors.joining(", ")));
  }

  /** Tensors whose sources are known one by one. */
  static TensorSources owned(Map<String, TensorSource> owners, String origin) {
    return new TensorSources(owners, origin);
  }

  @Override
  public String origin() {
    return origin;
  }

  @Override
  public Set<String> names() {
    return owners.keySet();
  }

  @Override
  public Shape shape(String name) {
    return owners.get(name).shape(name);
  }

  @Override
  public Dtype dtype(String name) {
    return owners.get(name).dtype(name);
  }

  @Override
  public FileRegion region(String name) {
    return owners.get(name).region(name);
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    owners.get(name).read(name, first, target);
  }
}
