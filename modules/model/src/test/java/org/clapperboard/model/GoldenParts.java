package org.clapperboard.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.clapperboard.model.audio.BeatsConfig;
import org.clapperboard.model.audio.BeatsEncoder;
import org.clapperboard.model.connector.AudioProjector;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.connector.ConnectorConfig.Kernel;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.connector.VisionConnector;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.vision.VisionConfig;
import org.clapperboard.model.vision.VisionEncoder;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Safetensors;
import org.clapperboard.testing.GoldenFixtures.Fixture;

/** Checks of single parts: encoders, connectors, projector. */
final class GoldenParts {
  private GoldenParts() {}

  static void vision(Fixture fixture, GoldenNumbers numbers) {
    VisionConfig config =
        HuggingFaceConfig.vision(
            fixture.json().get("config"), fixture.json().path("mm_vision_select_layer").asInt(-2));
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, VisionEncoder.specs(config, ""))) {
      VisionEncoder encoder = new VisionEncoder(config, parameters, "");
      NDArray pixels = numbers.tensor(scope, "in/pixel_values");
      numbers.close("out/features", encoder.features(scope, pixels), 1e-4);
      List<NDArray> states = encoder.hiddenStates(scope, pixels);
      for (int layer = 0; layer < states.size(); layer++) {
        numbers.close("out/hidden_states." + layer, states.get(layer), 1e-4);
      }
    }
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
      return HuggingFaceConfig.connector(config, in, width);
    }
    boolean convolution = json.get("reference").get(0).asText().contains("STCConnector(");
    JsonNode kernel = json.get("downsample");
    return new ConnectorConfig(
        "ablation",
        convolution ? Sampler.CONVOLUTION : Sampler.POOLING,
        new Kernel(kernel.get(0).asInt(), kernel.get(1).asInt(), kernel.get(2).asInt()),
        convolution ? 1 : 0,
        json.get("depth").asInt(),
        json.get("mlp_depth").asInt(),
        in,
        width);
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
              }
            });
  }

  private static void aggregate(
      Fixture fixture, GoldenNumbers numbers, String type, JsonNode widths) {
    int in = widths.get("mm_hidden_size").asInt();
    int width = widths.get("hidden_size").asInt();
    ConnectorConfig shape = ConnectorConfig.named(type, 4, in, width);
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

  static void projector(Fixture fixture, GoldenNumbers numbers) {
    JsonNode config = fixture.json().get("config");
    int depth = config.get("mm_projector_a_type").asText().equals("linear") ? 1 : 2;
    AudioProjector.Config shape =
        new AudioProjector.Config(
            depth, config.get("mm_hidden_size_a").asInt(), config.get("hidden_size_a").asInt());
    List<ParameterSpec> specs = AudioProjector.specs(shape, "model.mm_projector_a.");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, specs)) {
      AudioProjector projector = new AudioProjector(shape, parameters, "model.mm_projector_a.");
      UnaryOperator<NDArray> run = x -> projector.project(scope, x);
      weightedLoss(scope, numbers, "", "in/x", "out/y", 3e-4, parameters, 2e-4, 1e-6, run);
    }
  }

  static void beats(Fixture fixture, GoldenNumbers numbers) {
    BeatsConfig config = HuggingFaceConfig.beats(fixture.json().get("config"));
    List<ParameterSpec> specs = BeatsEncoder.specs(config, "");
    fixture
        .json()
        .get("cases")
        .fieldNames()
        .forEachRemaining(
            name -> {
              // The padding mask is a path the reference never takes; we have none.
              if (!name.equals("masked")) {
                beatsCase(fixture, numbers, config, specs, name + "/");
              }
            });
  }

  private static void beatsCase(
      Fixture fixture,
      GoldenNumbers numbers,
      BeatsConfig config,
      List<ParameterSpec> specs,
      String name) {
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = load(fixture, specs)) {
      BeatsEncoder encoder = new BeatsEncoder(config, parameters, "");
      NDArray bank = numbers.tensor(scope, name + "in/fbank");
      List<NDArray> states = encoder.hiddenStates(scope, bank);
      numbers.close(name + "out/features", states.get(states.size() - 1), 1e-4);
      if (numbers.has(name + "out/layer.0")) {
        numbers.close(name + "out/encoder_layer_norm", states.get(0), 1e-4);
        for (int layer = 0; layer < config.layers(); layer++) {
          numbers.close(name + "out/layer." + layer, states.get(layer + 1), 1e-4);
        }
      }
      if (numbers.has(name + "out/loss")) {
        UnaryOperator<NDArray> run = x -> encoder.features(scope, x);
        weightedLoss(
            scope, numbers, name, "in/fbank", "out/features", 1e-4, parameters, 1e-3, 1e-5, run);
      }
    }
  }

  /** Output, loss = sum(y * weight) / batch, gradients of the input and of every weight. */
  private static void weightedLoss(
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
