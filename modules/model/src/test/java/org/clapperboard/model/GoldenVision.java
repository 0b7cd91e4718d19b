package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.Parameters;

/** Checks of vision encoders alone. */
final class GoldenVision {
  private GoldenVision() {}

  static void vision(GoldenNumbers numbers) {
    double tolerance = numbers.run().tolerance("max abs");
    int layer = numbers.json().get("mm_vision_select_layer").asInt();
    String feature = numbers.json().get("mm_vision_select_feature").asText();
    VisionConfig config = shape(numbers, layer, feature);
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = numbers.load(VisionEncoder.specs(config, ""))) {
      VisionEncoder encoder = new VisionEncoder(config, parameters, "");
      NDArray pixels = numbers.tensor(scope, "in/pixel_values");
      numbers.close("out/features", encoder.features(scope, pixels), tolerance);
      List<NDArray> states = encoder.hiddenStates(scope, pixels);
      for (int state = 0; state < states.size(); state++) {
        numbers.close("out/hidden_states." + state, states.get(state), tolerance);
        selected(numbers, parameters, pixels, state - states.size());
      }
      afterwards(numbers, config, parameters, states.get(states.size() - 1));
    }
  }

  /** Each layer that can be selected is a hidden state of the fixture, less its class token. */
  private static void selected(
      GoldenNumbers numbers, Parameters parameters, NDArray pixels, int layer) {
    double tolerance = numbers.run().tolerance("max abs");
    VisionConfig patches = shape(numbers, layer, "patch");
    String state = "out/hidden_states." + patches.layersRun();
    float[] expected = numbers.file().floats(state);
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray feature = new VisionEncoder(patches, parameters, "").features(scope, pixels);
      if (!patches.hasClassToken()) {
        numbers.close(state, feature, tolerance);
        return;
      }
      VisionConfig all = shape(numbers, layer, "cls_patch");
      NDArray whole = new VisionEncoder(all, parameters, "").features(scope, pixels);
      numbers.close(state, whole, tolerance);
      Shape shape = new Shape(numbers.file().shape(state));
      NDArray withoutFirst = scope.create(expected, shape).get(":, 1:");
      numbers.same("patches of " + state, feature, withoutFirst.toFloatArray(), tolerance);
    }
  }

  private static VisionConfig shape(GoldenNumbers numbers, int layer, String feature) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.set("vision_config", numbers.json().get("config"));
    config.put("mm_vision_select_layer", layer).put("mm_vision_select_feature", feature);
    return HuggingFaceTowers.vision(config);
  }

  /**
   * What stands behind the last layer. The model never uses it, so it is computed here, from our
   * last hidden state and the weights that we load and keep.
   */
  private static void afterwards(
      GoldenNumbers numbers, VisionConfig config, Parameters parameters, NDArray last) {
    double tolerance = numbers.run().tolerance("max abs");
    Rows weights = new Rows(parameters, "vision_model.");
    Shape shape = last.getShape();
    float[][] tokens = Rows.of(last.toFloatArray(), (int) shape.get(2));
    int pictures = (int) shape.get(0);
    int each = (int) shape.get(1);
    boolean clip = config.hasClassToken();
    float[][] normed = clip ? tokens : weights.norm("post_layernorm", tokens, config.normEps());
    numbers.run().close("out/last_hidden_state", Rows.flat(normed), tolerance);
    float[][] pooled = new float[pictures][];
    for (int picture = 0; picture < pictures; picture++) {
      float[][] own = java.util.Arrays.copyOfRange(normed, picture * each, (picture + 1) * each);
      pooled[picture] =
          clip
              ? weights.norm("post_layernorm", new float[][] {own[0]}, config.normEps())[0]
              : weights.pool(own, config);
    }
    numbers.run().close("out/pooler_output", Rows.flat(pooled), tolerance);
  }
}
