package org.clapperboard.train.optimizer;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.weights.ParameterSpec;

/**
 * Neighbouring parameters of a part that are exchanged together: those of whole layers, or those in
 * front of the first and behind the last.
 *
 * @param start of the first in the part's flat parameters, in elements
 * @param firstLayer number of its first layer, or -1
 * @param lastLayer number of its last layer, or -1
 * @param specs of its parameters
 */
public record LayerBucket(long start, int firstLayer, int lastLayer, List<ParameterSpec> specs)
    implements Serializable {

  public LayerBucket {
    specs = List.copyOf(specs);
  }

  /**
   * The buckets of a part, in order.
   *
   * @param leastElements of a bucket of layers, the last one excepted: small messages are slow
   */
  public static List<LayerBucket> of(List<ParameterSpec> specs, long leastElements) {
    List<LayerBucket> buckets = new ArrayList<>();
    List<ParameterSpec> open = new ArrayList<>();
    long start = 0;
    int first = -1;
    int last = -1;
    for (ParameterSpec spec : specs) {
      int layer = LayerDecay.layer(spec.name());
      boolean full = layer != last && (layer < 0 || last < 0 || elements(open) >= leastElements);
      if (full && !open.isEmpty()) {
        buckets.add(new LayerBucket(start, first, last, open));
        start += elements(open);
        open.clear();
      }
      first = open.isEmpty() ? layer : first;
      last = layer;
      open.add(spec);
    }
    buckets.add(new LayerBucket(start, first, last, open));
    return buckets;
  }

  private static long elements(List<ParameterSpec> specs) {
    return specs.stream().mapToLong(ParameterSpec::elements).sum();
  }

  /** Number of its elements. */
  public long elements() {
    return elements(specs);
  }

  /** Whether it is layers that it holds. */
  public boolean hasLayers() {
    return firstLayer >= 0;
  }

  /** Such as {@code layers 4 to 7}. */
  public String describe() {
    return "layers " + firstLayer + " to " + lastLayer;
  }
}
