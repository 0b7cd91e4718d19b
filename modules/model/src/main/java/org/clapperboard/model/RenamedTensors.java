package org.clapperboard.model;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.Set;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.FileRegion;
import org.clapperboard.model.weights.TensorSource;

/**
 * Tensors of a source under other names.
 *
 * @param origin where they come from, for messages
 * @param source the source
 * @param nameThere the name in the source of each
 */
record RenamedTensors(String origin, TensorSource source, Map<String, String> nameThere)
    implements TensorSource {

  @Override
  public Set<String> names() {
    return nameThere.keySet();
  }

  @Override
  public Shape shape(String name) {
    return source.shape(nameThere.get(name));
  }

  @Override
  public Dtype dtype(String name) {
    return source.dtype(nameThere.get(name));
  }

  @Override
  public FileRegion region(String name) {
    return source.region(nameThere.get(name));
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    source.read(nameThere.get(name), first, target);
  }
}
