package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * Names of a multi-layer perceptron written as the reference writes it: linear layers at even
 * places of a sequence, GELU between them; a single linear layer has no place number.
 */
final class MultiLayer {
  private MultiLayer() {}

  static NDArray[] weights(Parameters parameters, String prefix, int depth) {
    NDArray[] weights = new NDArray[2 * depth];
    for (int layer = 0; layer < depth; layer++) {
      weights[2 * layer] = parameters.tensor(place(prefix, layer, depth) + "weight");
      weights[2 * layer + 1] = parameters.tensor(place(prefix, layer, depth) + "bias");
    }
    return weights;
  }

  static List<ParameterSpec> specs(String prefix, int depth, int in, int out) {
    List<ParameterSpec> specs = new ArrayList<>();
    for (int layer = 0; layer < depth; layer++) {
      int inputs = layer == 0 ? in : out;
      String place = place(prefix, layer, depth);
      specs.add(ParameterSpec.fanIn(place + "weight", inputs, out, inputs));
      specs.add(ParameterSpec.fanIn(place + "bias", inputs, out));
    }
    return specs;
  }

  private static String place(String prefix, int layer, int depth) {
    return depth == 1 ? prefix : prefix + 2 * layer + ".";
  }
}
