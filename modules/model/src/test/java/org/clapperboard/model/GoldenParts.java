package org.clapperboard.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.connector.VisionConnector;
import org.clapperboard.model.engine.TorchEngine;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** Checks of connectors. */
final class GoldenParts {
  private GoldenParts() {}

  static void connector(GoldenNumbers numbers) {
    ConnectorConfig shape = connectorShape(numbers.json());
    List<ParameterSpec> specs = VisionConnector.specs(shape, "model.mm_projector.");
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = numbers.load(specs)) {
      VisionConnector connector = new VisionConnector(shape, parameters, "model.mm_projector.");
      UnaryOperator<NDArray> run =
          x -> {
            boolean frameMean = shape.sampler() == Sampler.FRAME_MEAN;
            long frames = frameMean ? 1 : x.getShape().get(1);
            NDArray clip = x.getShape().dimension() == 5 ? x : grid(x, shape, frames);
            return connector.connect(scope, clip);
          };
      double tolerance = numbers.run().tolerance("out/y max abs");
      weightedLoss(scope, numbers, "", "in/x", "out/y", tolerance, parameters, run);
      shapes(numbers);
      settings(numbers, shape);
    }
  }

  /** Frames of a square grid, as the reference takes them, or of a row where no grid matters. */
  private static NDArray grid(NDArray x, ConnectorConfig shape, long frames) {
    long[] sizes = x.getShape().getShape();
    long tokens = sizes[sizes.length - 2];
    boolean row = shape.sampler() == Sampler.FRAME_MEAN;
    long rows = row ? 1 : (long) Math.sqrt((double) tokens);
    return x.reshape(sizes[0], frames, rows, tokens / rows, shape.inputWidth());
  }

  /** What the description says of the shapes, and of a mode of training that we do not have. */
  static void shapes(GoldenNumbers numbers) {
    JsonNode json = numbers.json();
    for (String side : List.of("in/x", "out/y")) {
      String field = side.startsWith("in") ? "input_shape" : "output_shape";
      int[] shape = GoldenLanguage.ints(numbers.file().shape(side));
      numbers.equal(field, shape, json.get(field));
    }
    numbers
        .run()
        .number("train and eval", 0, json.get("train_vs_eval_max_abs_diff").asDouble(), 1e-6);
    assertThat(json.get("loss").asText()).isEqualTo("sum(y * in/loss_weight) / batch");
  }

  /** The arguments of the reference's constructors; projections have none. */
  private static void settings(GoldenNumbers numbers, ConnectorConfig shape) {
    JsonNode json = numbers.json();
    if (json.has("downsample") && !json.get("downsample").isNull()) {
      int[] downsample = shape.downsample().stream().mapToInt(Integer::intValue).toArray();
      numbers.equal("downsample", downsample, json.get("downsample"));
      int[] ours = {shape.depth(), shape.readoutDepth()};
      int[] theirs = {json.get("depth").asInt(), json.get("mlp_depth").asInt()};
      numbers.run().equal("depth and mlp_depth", ours, theirs);
    } else {
      numbers.run().told("depth", "mlp_depth");
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

  static void aggregator(GoldenNumbers numbers) {
    for (Map.Entry<String, JsonNode> each : numbers.cases()) {
      if (numbers.has(each.getKey() + "/out/y")) {
        aggregate(numbers, each.getKey(), each.getValue());
      } else {
        rejected(numbers, each.getKey(), each.getValue().get("error").asText());
      }
    }
  }

  /** What the reference builds and then refuses to run. */
  private static void rejected(GoldenNumbers numbers, String type, String error) {
    String fails = "builds " + type + " and fails with \"" + error + "\"";
    if (type.equals("identity")) {
      numbers
          .run()
          .otherwise(
              fails,
              "it is refused from the start, since it would leave the encoder's width",
              () ->
                  assertThatThrownBy(() -> ConnectorConfig.named(type, 28, 40))
                      .hasMessage("There is no connector named \"identity\"."));
    } else {
      numbers.run().otherwise(fails, "it runs on the mean of the frames", () -> ofMean(type));
    }
  }

  /** A perceptron of any depth takes the mean of the frames, like the one of depth 2. */
  private static void ofMean(String type) {
    ConnectorConfig shape = ConnectorConfig.named(type, 28, 40);
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = Parameters.allocate(VisionConnector.specs(shape, ""))) {
      parameters.initialise(1);
      VisionConnector connector = new VisionConnector(shape, parameters, "");
      NDArray clip = scope.randomNormal(new Shape(2, 4, 1, 16, 28));
      NDArray mean = clip.mean(new int[] {1}).reshape(2, 1, 1, 16, 28);
      float[] ofMean = connector.connect(scope, mean).toFloatArray();
      assertThat(connector.connect(scope, clip).toFloatArray())
          .containsExactly(ofMean, within(1e-4f));
    }
  }

  private static void aggregate(GoldenNumbers numbers, String type, JsonNode widths) {
    int in = widths.get("mm_hidden_size").asInt();
    int width = widths.get("hidden_size").asInt();
    ConnectorConfig shape = ConnectorConfig.named(type, in, width);
    String prefix = "model.mm_projector.";
    try (NDManager scope = TorchEngine.newScope();
        Parameters parameters = numbers.load(VisionConnector.specs(shape, type + "/" + prefix))) {
      VisionConnector connector = new VisionConnector(shape, parameters, type + "/" + prefix);
      NDArray x = numbers.tensor(scope, type + "/in/x");
      NDArray clip = grid(x, shape, x.getShape().get(1));
      double tolerance = numbers.run().tolerance("max abs");
      numbers.close(type + "/out/y", connector.connect(scope, clip), tolerance);
      int[] tokens = GoldenLanguage.ints(numbers.file().shape(type + "/out/y"));
      numbers.equal(type + "/output_shape", tokens, widths.get("output_shape"));
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
    numbers.loss(name + "out/loss", loss.getFloat(), numbers.run().tolerance("out/loss abs"));
    try (NDArray gradient = x.getGradient()) {
      numbers.gradient(name + "grad/" + in, gradient);
    }
    if (parameters.specs().stream().anyMatch(spec -> numbers.has(name + "grad/" + spec.name()))) {
      assertThat(parameters.specs()).allMatch(spec -> numbers.has(name + "grad/" + spec.name()));
    }
    numbers.gradients(name + "grad/", parameters);
  }

  static void backward(NDManager scope, NDArray loss) {
    JniUtils.backward((PtNDArray) loss, (PtNDArray) scope.create(1f), false, false);
  }
}
