package org.clapperboard.train.optimizer;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.model.weights.ParameterSpec;

/**
 * Layer-wise decay of the learning rate of an encoder (Clark and others, 2020, "ELECTRA", appendix
 * A): the nearer to the input a layer is, the more general what it knows, and the less it moves.
 */
final class LayerDecay {
  private static final Pattern LAYER = Pattern.compile("(?:^|\\.)layers\\.(\\d+)\\.");

  /** What CLIP and SigLIP have behind their last layer. */
  private static final Pattern BEHIND = Pattern.compile("(?:^|\\.)(post_layernorm|head)\\.");

  private LayerDecay() {}

  /**
   * What the rate of each parameter is multiplied by: 1 in the last layer and behind it, {@code
   * decay} in the one below it, and so on; once more in front of the first.
   */
  static ToDoubleFunction<String> rates(double decay, List<ParameterSpec> specs) {
    int layers = specs.stream().mapToInt(spec -> layer(spec.name()) + 1).max().orElse(0);
    return name -> BEHIND.matcher(name).find() ? 1 : Math.pow(decay, layers - 1 - layer(name));
  }

  /** The number of the layer that a parameter is in, or -1 if in none. */
  static int layer(String name) {
    Matcher layer = LAYER.matcher(name);
    return layer.find() ? Integer.parseInt(layer.group(1)) : -1;
  }
}
