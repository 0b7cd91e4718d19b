package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * Linear layers with GELU between them, in the reference's words: {@code linear} is one, {@code
 * mlpNx_gelu} are N. Their names are places in a sequence whose odd places are the activations.
 */
final class LinearLayers {
  private static final Pattern MLP = Pattern.compile("mlp([1-9][0-9]?)x_gelu");

  private LinearLayers() {}

  static boolean known(String type) {
    return type.equals("linear") || MLP.matcher(type).matches();
  }

  /**
   * How many layers a type has.
   *
   * @throws IllegalArgumentException if it is none of linear layers
   */
  static int depth(String type) {
    Matcher mlp = MLP.matcher(type);
    if (!type.equals("linear") && !mlp.matches()) {
      throw new IllegalArgumentException("type is " + type + " (expected: linear or mlpNx_gelu)");
    }
    return type.equals("linear") ? 1 : Integer.parseInt(mlp.group(1));
  }

  /** What a type puts before the names of its layers: {@code linear} alone is no sequence. */
  static List<String> places(String type, String prefix) {
    return type.equals("linear") ? List.of(prefix) : places(depth(type), prefix);
  }

  /** Names of that many layers in a sequence. */
  static List<String> places(int depth, String prefix) {
    List<String> places = new ArrayList<>();
    for (int layer = 0; layer < depth; layer++) {
      places.add(prefix + 2 * layer + ".");
    }
    return places;
  }

  static NDArray[] weights(Parameters parameters, List<String> places) {
    List<NDArray> weights = new ArrayList<>();
    for (String place : places) {
      weights.add(parameters.tensor(place + "weight"));
      weights.add(parameters.tensor(place + "bias"));
    }
    return weights.toArray(NDArray[]::new);
  }

  static List<ParameterSpec> specs(List<String> places, int in, int out) {
    List<ParameterSpec> specs = new ArrayList<>();
    int inputs = in;
    for (String place : places) {
      specs.add(ParameterSpec.fanIn(place + "weight", inputs, out, inputs));
      specs.add(ParameterSpec.fanIn(place + "bias", inputs, out));
      inputs = out;
    }
    return specs;
  }
}
