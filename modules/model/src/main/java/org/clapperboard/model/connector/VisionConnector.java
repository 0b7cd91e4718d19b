package org.clapperboard.model.connector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.clapperboard.model.connector.ConnectorConfig.Sampler;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * The vision connector: patch features of a clip's frames to vectors of the language model (paper
 * section 2.1; reference projector.py).
 *
 * <p>Without stages the reference asks for an encoder as wide as the language model. Here the
 * convolution brings one width to the other, and after averaging the first linear layer does.
 */
public final class VisionConnector {
  private static final String[] BLOCK = {
    "conv1.conv.weight",
    "conv1.bn.weight",
    "conv1.bn.bias",
    "conv2.conv.weight",
    "conv2.bn.weight",
    "conv2.bn.bias",
    "se.fc1.weight",
    "se.fc1.bias",
    "se.fc2.weight",
    "se.fc2.bias",
    "conv3.conv.weight",
    "conv3.bn.weight",
    "conv3.bn.bias"
  };
  private static final String[] SHORTCUT = {
    "downsample.conv.weight", "downsample.bn.weight", "downsample.bn.bias"
  };

  private final ConnectorConfig config;
  private final Parameters parameters;
  private final String prefix;
  private final Pack pack = Pack.load("connector");

  /** A connector over parameters made from {@link #specs} with the same prefix. */
  public VisionConnector(ConnectorConfig config, Parameters parameters, String prefix) {
    this.config = config;
    this.parameters = parameters;
    this.prefix = prefix;
  }

  /**
   * Connects clips.
   *
   * @param features (B, T, rows, columns, input width)
   * @return (B, tokens, width), ordered by time, row, column
   */
  public NDArray connect(NDManager scope, NDArray features) {
    NDArray x = sample(scope, stage(scope, features, "s1."));
    x = stage(scope, x, "s2.");
    x = reshape(scope, x, features.getShape().get(0), -1, config.readWidth());
    return pack.tensor(
        scope, "mlp", x, LinearLayers.weights(parameters, readoutPlaces(config, prefix)));
  }

  /** Runs a RegNet stage on every frame: (B, T, h, w, C) to (B, T, h, w, D). */
  private NDArray stage(NDManager scope, NDArray x, String stage) {
    if (config.depth() == 0) {
      return x;
    }
    Shape in = x.getShape();
    NDArray frames = reshape(scope, x, in.get(0) * in.get(1), in.get(2), in.get(3), in.get(4));
    for (int block = 1; block <= config.depth(); block++) {
      String at = prefix + stage + "b" + block + ".";
      NDArray[] shortcut =
          parameters.has(at + SHORTCUT[0]) ? parameters.tensors(at, SHORTCUT) : new NDArray[0];
      frames = pack.tensor(scope, "block", frames, parameters.tensors(at, BLOCK), shortcut);
    }
    return reshape(scope, frames, in.get(0), in.get(1), in.get(2), in.get(3), config.width());
  }

  private NDArray sample(NDManager scope, NDArray x) {
    return switch (config.sampler()) {
      case CONVOLUTION -> {
        NDArray weight = parameters.tensor(prefix + "sampler.0.weight");
        NDArray bias = parameters.tensor(prefix + "sampler.0.bias");
        yield pack.tensor(scope, "sample_by_convolution", x, weight, bias, config.padding());
      }
      case POOLING -> pack.tensor(scope, "sample_by_pooling", x, config.kernel());
      case FRAME_MEAN -> pack.tensor(scope, "mean_over_frames", x);
    };
  }

  private NDArray reshape(NDManager scope, NDArray x, long... shape) {
    return pack.tensor(scope, "reshape", x, shape);
  }

  /** The parameters of a connector of this shape, under the reference's names. */
  public static List<ParameterSpec> specs(ConnectorConfig config, String prefix) {
    List<ParameterSpec> specs = new ArrayList<>();
    int width = config.width();
    specs.addAll(stageSpecs(prefix + "s1.", config.depth(), config.inputWidth(), width));
    if (config.sampler() == Sampler.CONVOLUTION) {
      long in = config.sampledWidth();
      long[] kernel = config.kernel();
      long inputs = in * kernel[0] * kernel[1] * kernel[2];
      specs.add(
          ParameterSpec.fanIn(
              prefix + "sampler.0.weight", inputs, width, in, kernel[0], kernel[1], kernel[2]));
      specs.add(ParameterSpec.fanIn(prefix + "sampler.0.bias", inputs, width));
    }
    specs.addAll(stageSpecs(prefix + "s2.", config.depth(), width, width));
    specs.addAll(LinearLayers.specs(readoutPlaces(config, prefix), config.readWidth(), width));
    return specs;
  }

  private static List<String> readoutPlaces(ConnectorConfig config, String prefix) {
    return config.sampler() == Sampler.FRAME_MEAN
        ? LinearLayers.places(config.type(), prefix)
        : LinearLayers.places(config.readoutDepth(), prefix + "readout.");
  }

  private static List<ParameterSpec> stageSpecs(String stage, int depth, int in, int width) {
    List<ParameterSpec> specs = new ArrayList<>();
    for (int block = 1; block <= depth; block++) {
      specs.addAll(blockSpecs(stage + "b" + block + ".", block == 1 ? in : width, width));
    }
    return specs;
  }

  private static List<ParameterSpec> blockSpecs(String block, int in, int width) {
    // Python's round: halves go to the even neighbour.
    int squeezed = (int) Math.rint(0.25 * in);
    List<ParameterSpec> specs = new ArrayList<>();
    specs.addAll(convolution(block + "conv1.", in, width, in, 1));
    specs.addAll(convolution(block + "conv2.", 9, width, 1, 3));
    specs.add(ParameterSpec.fanIn(block + "se.fc1.weight", width, squeezed, width, 1, 1));
    specs.add(ParameterSpec.fanIn(block + "se.fc1.bias", width, squeezed));
    specs.add(ParameterSpec.fanIn(block + "se.fc2.weight", squeezed, width, squeezed, 1, 1));
    specs.add(ParameterSpec.fanIn(block + "se.fc2.bias", squeezed, width));
    specs.addAll(convolution(block + "conv3.", width, width, width, 1));
    if (in != width) {
      specs.addAll(convolution(block + "downsample.", in, width, in, 1));
    }
    return specs;
  }

  private static List<ParameterSpec> convolution(
      String name, int inputs, int out, int channels, int kernel) {
    return List.of(
        ParameterSpec.fanIn(name + "conv.weight", inputs, out, channels, kernel, kernel),
        ParameterSpec.constant(name + "bn.weight", 1, out),
        ParameterSpec.constant(name + "bn.bias", 0, out));
  }
}
