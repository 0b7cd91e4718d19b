package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.connector.VisionConnector;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks of what sees: vision encoders and connectors. */
final class GoldenParts {
  private GoldenParts() {}

  static void vision(Fixture fixture, GoldenNumbers numbers) {
    VisionConfig config = visionShape(fixture, -2, "patch");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, VisionEncoder.specs(config, ""))) {
      VisionEncoder encoder = new VisionEncoder(config, parameters, "");
      NDArray pixels = numbers.tensor(scope, "in/pixel_values");
      numbers.close("out/features", encoder.features(scope, pixels), 1e-4);
      List<NDArray> states = encoder.hiddenStates(scope, pixels);
      assertThat(numbers.has("out/hidden_states." + states.size())).isFalse();
      for (int state = 0; state < states.size(); state++) {
        numbers.close("out/hidden_states." + state, states.get(state), 1e-4);
        selected(fixture, numbers, parameters, pixels, state - states.size());
      }
    }
  }

  /** Each layer that can be selected is a hidden state of the fixture, less its class token. */
  private static void selected(
      Fixture fixture, GoldenNumbers numbers, Parameters parameters, NDArray pixels, int layer) {
    VisionConfig patches = visionShape(fixture, layer, "patch");
    String state = "out/hidden_states." + patches.layersRun();
    float[] expected = numbers.file().floats(state);
    try (NDManager scope = TorchEngine.newScope()) {
      NDArray feature = new VisionEncoder(patches, parameters, "").features(scope, pixels);
      if (!patches.hasClassToken()) {
        numbers.close(state, feature, 1e-4);
        return;
      }
      VisionConfig all = visionShape(fixture, layer, "cls_patch");
      numbers.close(state, new VisionEncoder(all, parameters, "").features(scope, pixels), 1e-4);
      Shape shape = new Shape(numbers.file().shape(state));
      NDArray withoutFirst = scope.create(expected, shape).get(":, 1:");
      numbers.same("patches of " + state, feature, withoutFirst.toFloatArray(), 1e-4);
    }
  }

  private static VisionConfig visionShape(Fixture fixture, int layer, String feature) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.set("vision_config", fixture.json().get("config"));
    config.put("mm_vision_select_layer", layer).put("mm_vision_select_feature", feature);
    return HuggingFaceTowers.vision(config);
  }

  static void connector(Fixture fixture, GoldenNumbers numbers) {
    ConnectorConfig shape = connectorShape(fixture.json());
    List<ParameterSpec> specs = VisionConnector.specs(shape, "model.mm_projector.");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, specs)) {
      VisionConnector connector = new VisionConnector(shape, parameters, "model.mm_projector.");
      // Frames of a square grid in the fixtures of four axes; of any grid in those of five.
      UnaryOperator<NDArray> run =
          x -> {
            long[] sizes = x.getShape().getShape();
            long side = Math.round(Math.sqrt((double) sizes[sizes.length - 2]));
            boolean frameMean = shape.sampler() == Sampler.FRAME_MEAN;
            long frames = frameMean ? 1 : sizes[1];
            NDArray clip =
                sizes.length == 5 ? x : x.reshape(sizes[0], frames, side, side, shape.inputWidth());
            return connector.connect(scope, clip);
          };
      weightedLoss(scope, numbers, "", "in/x", "out/y", 3e-4, parameters, 2e-4, 1e-6, run);
    }
  }

  /** By name, or for an ablation by the arguments of the reference's constructors. */
  private static ConnectorConfig connectorShape(JsonNode json) {
    JsonNode config = json.get("config");
    int in = config.get("mm_hidden_size").asInt();
    int width = config.get("hidden_size").asInt();
    if (config.has("mm_projector_type")) {
      return HuggingFaceTowers.connector(config, in, width);
    }
    boolean convolution = json.get("reference").get(0).asText().contains("STCConnector(");
    List<Integer> downsample = new ArrayList<>();
    json.get("downsample").forEach(size -> downsample.add(size.asInt()));
    return ConnectorConfig.named(convolution ? "stc_connector" : "stp_connector", in, width)
        .with(
            downsample,
            convolution ? 1 : 0,
            json.get("depth").asInt(),
            json.get("mlp_depth").asInt());
  }

  static void aggregator(Fixture fixture, GoldenNumbers numbers) {
    fixture
        .json()
        .get("cases")
        .properties()
        .forEach(
            entry -> {
              if (numbers.has(entry.getKey() + "/out/y")) {
                aggregate(fixture, numbers, entry.getKey(), entry.getValue());
              } else {
                rejected(numbers, entry.getKey());
              }
            });
  }

  /**
   * What the reference builds and then refuses to run: identity we refuse from the start, since it
   * would leave the width of the encoder; a perceptron of any depth we run like one of depth 2.
   */
  private static void rejected(GoldenNumbers numbers, String type) {
    if (type.equals("identity")) {
      assertThatThrownBy(() -> ConnectorConfig.named(type, 28, 40))
          .hasMessage("There is no connector named \"identity\".");
      return;
    }
    ConnectorConfig shape = ConnectorConfig.named(type, 28, 40);
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = Parameters.allocate(VisionConnector.specs(shape, ""))) {
      parameters.initialise(1);
      VisionConnector connector = new VisionConnector(shape, parameters, "");
      NDArray x = numbers.tensor(scope, "linear/in/x");
      long[] sizes = x.getShape().getShape();
      NDArray clip = x.reshape(sizes[0], sizes[1], 1, sizes[2], sizes[3]);
      NDArray mean = clip.mean(new int[] {1}).reshape(sizes[0], 1, 1, sizes[2], sizes[3]);
      float[] ofMean = connector.connect(scope, mean).toFloatArray();
      numbers.same(type + " of the mean", connector.connect(scope, clip), ofMean, 1e-4);
    }
  }

  private static void aggregate(
      Fixture fixture, GoldenNumbers numbers, String type, JsonNode widths) {
    int in = widths.get("mm_hidden_size").asInt();
    int width = widths.get("hidden_size").asInt();
    ConnectorConfig shape = ConnectorConfig.named(type, in, width);
    String prefix = "model.mm_projector.";
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, VisionConnector.specs(shape, type + "/" + prefix))) {
      VisionConnector connector = new VisionConnector(shape, parameters, type + "/" + prefix);
      NDArray x = numbers.tensor(scope, type + "/in/x");
      long[] sizes = x.getShape().getShape();
      long side = Math.round(Math.sqrt((double) sizes[2]));
      NDArray clip = x.reshape(sizes[0], sizes[1], side, side, in);
      numbers.close(type + "/out/y", connector.connect(scope, clip), 1e-4);
    }
  }

  /** Output, loss = sum(y * weight) / batch, gradients of the input and of every weight. */
  static void weightedLoss(
      NDManager scope,
      GoldenNumbers numbers,
      String name,
      String in,
      String out,
      double tolerance,
      Parameters parameters,
      double share,
      double floor,
      UnaryOperator<NDArray> run) {
    NDArray x = numbers.tensor(scope, name + in);
    x.setRequiresGradient(true);
    parameters.trainable(Parameters.Trainable.YES);
    NDArray loss =
        TorchEngine.withGradients(
            () -> {
              NDArray y = run.apply(x);
              numbers.close(name + out, y, tolerance);
              NDArray weight = numbers.tensor(scope, name + "in/loss_weight");
              NDArray sum = y.mul(weight).sum().div(x.getShape().get(0));
              backward(scope, sum);
              return sum;
            });
    numbers.number(
        name + "out/loss", loss.getFloat(), numbers.file().floats(name + "out/loss")[0], 1e-3);
    try (NDArray gradient = x.getGradient()) {
      numbers.gradient(name + "grad/" + in, gradient, share, floor);
    }
    assertThat(parameters.specs()).allMatch(spec -> numbers.has(name + "grad/" + spec.name()));
    numbers.gradients(name + "grad/", parameters, share, floor);
  }

  static void backward(NDManager scope, NDArray loss) {
    JniUtils.backward((PtNDArray) loss, (PtNDArray) scope.create(1f), false, false);
  }

  static Parameters load(Fixture fixture, List<ParameterSpec> specs) {
    Path file = fixture.folder().resolve(fixture.name() + ".safetensors");
    Parameters parameters = Parameters.allocate(specs);
    parameters.load(Safetensors.open(file));
    return parameters;
  }
}
