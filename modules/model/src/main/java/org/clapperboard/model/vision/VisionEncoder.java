package org.clapperboard.model.vision;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.vision.VisionConfig.SelectFeature;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/**
 * The vision encoder: pictures to patch features (reference encoder.py; Hugging Face
 * modeling_clip.py and modeling_siglip.py).
 */
public final class VisionEncoder {
  private static final String[] LAYER = {
    "layer_norm1.weight",
    "layer_norm1.bias",
    "self_attn.q_proj.weight",
    "self_attn.q_proj.bias",
    "self_attn.k_proj.weight",
    "self_attn.k_proj.bias",
    "self_attn.v_proj.weight",
    "self_attn.v_proj.bias",
    "self_attn.out_proj.weight",
    "self_attn.out_proj.bias",
    "layer_norm2.weight",
    "layer_norm2.bias",
    "mlp.fc1.weight",
    "mlp.fc1.bias",
    "mlp.fc2.weight",
    "mlp.fc2.bias"
  };

  private final VisionConfig config;
  private final Parameters parameters;
  private final String prefix;
  private final List<NDArray[]> layers;
  private final Pack pack = Pack.load("vision");

  /** An encoder over parameters made from {@link #specs} with the same prefix. */
  public VisionEncoder(VisionConfig config, Parameters parameters, String prefix) {
    this.config = config;
    this.parameters = parameters;
    this.prefix = prefix + "vision_model.";
    String layer = this.prefix + "encoder.layers.";
    this.layers =
        IntStream.range(0, config.layers())
            .mapToObj(i -> parameters.tensors(layer + i + ".", LAYER))
            .toList();
  }

  /** The shape of this encoder. */
  public VisionConfig config() {
    return config;
  }

  /**
   * The selected tokens of the selected layer, without a norm after it.
   *
   * @param pixels (N, 3, S, S) normalised pictures
   * @return (N, rows x columns, width)
   */
  public NDArray features(NDManager scope, NDArray pixels) {
    NDArray x = embed(scope, pixels);
    for (int layer = 0; layer < config.layersRun(); layer++) {
      // Of many pictures, the states of all layers would be larger than the encoder.
      try (NDArray before = x) {
        x = layer(scope, before, layer);
      }
    }
    boolean drop = config.hasClassToken() && config.selectFeature() == SelectFeature.PATCH;
    return drop ? pack.tensor(scope, "drop_class_token", x) : x;
  }

  /** Whether it computes in host memory; elsewhere it is a copy that does. */
  public boolean isOnHost() {
    return !parameters.isElsewhere();
  }

  /** Floats whose memory the features of a picture take, whatever their type. */
  public int floatsOfPicture() {
    int bytes = config.rows() * config.columns() * config.width() * parameters.dtype().bytes();
    if (bytes % Float.BYTES != 0) {
      throw new IllegalArgumentException("an odd number of features has no place in floats");
    }
    return bytes / Float.BYTES;
  }

  /** The memory of features, to be kept: whatever their type, as floats. */
  public FloatBuffer memory(NDManager scope, NDArray features) {
    return floats(pack.tensor(scope, "dense", features));
  }

  /** Features (N, rows x columns, width) from what {@link #memory} gave. */
  public NDArray remembered(NDManager scope, FloatBuffer memory) {
    long pictures = memory.remaining() / floatsOfPicture();
    long[] shape = {pictures, (long) config.rows() * config.columns(), config.width()};
    NDArray features = parameters.unfilled(scope, shape);
    floats(features).put(memory.duplicate());
    return features;
  }

  private static FloatBuffer floats(NDArray tensor) {
    return Parameters.bytes(tensor).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** Features of some clips, one after the other. */
  public NDArray joined(NDManager scope, List<NDArray> features) {
    return pack.tensor(scope, "join", (Object) features.toArray(NDArray[]::new));
  }

  /** Every hidden state: the embedding, then the output of each block; each (N, L, width). */
  public List<NDArray> hiddenStates(NDManager scope, NDArray pixels) {
    List<NDArray> states = new ArrayList<>();
    states.add(embed(scope, pixels));
    for (int layer = 0; layer < config.layers(); layer++) {
      states.add(layer(scope, states.get(layer), layer));
    }
    return states;
  }

  private NDArray embed(NDManager scope, NDArray pixels) {
    boolean clip = config.hasClassToken();
    NDArray x =
        pack.tensor(
            scope,
            "embed",
            pixels,
            weight("embeddings.patch_embedding.weight"),
            clip ? null : weight("embeddings.patch_embedding.bias"),
            clip ? weight("embeddings.class_embedding") : null,
            weight("embeddings.position_embedding.weight"));
    if (!clip) {
      return x;
    }
    NDArray norm = weight("pre_layrnorm.weight");
    return pack.tensor(scope, "norm", x, norm, weight("pre_layrnorm.bias"), config.normEps());
  }

  private NDArray layer(NDManager scope, NDArray x, int layer) {
    return pack.tensor(
        scope,
        "layer",
        x,
        layers.get(layer),
        config.heads(),
        config.normEps(),
        config.activation());
  }

  private NDArray weight(String name) {
    return parameters.tensor(prefix + name);
  }

  /** The parameters of an encoder of this shape, under their names in a Hugging Face checkpoint. */
  public static List<ParameterSpec> specs(VisionConfig config, String prefix) {
    String model = prefix + "vision_model.";
    int width = config.width();
    int patch = config.patchSize();
    boolean clip = config.hasClassToken();
    double deviation = 1 / Math.sqrt(width);
    List<ParameterSpec> specs = new ArrayList<>();
    if (clip) {
      specs.add(ParameterSpec.normal(model + "embeddings.class_embedding", deviation, width));
    }
    specs.add(
        ParameterSpec.normal(
            model + "embeddings.patch_embedding.weight",
            1 / Math.sqrt(3.0 * patch * patch),
            width,
            3,
            patch,
            patch));
    if (!clip) {
      specs.add(ParameterSpec.constant(model + "embeddings.patch_embedding.bias", 0, width));
    }
    specs.add(
        ParameterSpec.normal(
            model + "embeddings.position_embedding.weight", deviation, config.tokens(), width));
    if (clip) {
      specs.addAll(norm(model + "pre_layrnorm", width));
    }
    for (int layer = 0; layer < config.layers(); layer++) {
      specs.addAll(layerSpecs(config, model + "encoder.layers." + layer + "."));
    }
    specs.addAll(norm(model + "post_layernorm", width));
    if (!clip) {
      specs.addAll(poolingSpecs(config, model + "head."));
    }
    return specs;
  }

  private static List<ParameterSpec> layerSpecs(VisionConfig config, String layer) {
    int width = config.width();
    // What is added to the residual starts small, so that depth does not add up (CLIP, GPT-2).
    double added = 1 / Math.sqrt(2.0 * config.layers());
    List<ParameterSpec> specs = new ArrayList<>();
    for (String projection : List.of("q_proj", "k_proj", "v_proj")) {
      specs.addAll(linear(layer + "self_attn." + projection, width, width, 1));
    }
    specs.addAll(linear(layer + "self_attn.out_proj", width, width, added));
    specs.addAll(norm(layer + "layer_norm1", width));
    specs.addAll(linear(layer + "mlp.fc1", width, config.mlpWidth(), 1));
    specs.addAll(linear(layer + "mlp.fc2", config.mlpWidth(), width, added));
    specs.addAll(norm(layer + "layer_norm2", width));
    return specs;
  }

  /** SigLIP's attention pooling: not used by the model, but part of its checkpoint. */
  private static List<ParameterSpec> poolingSpecs(VisionConfig config, String head) {
    int width = config.width();
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(ParameterSpec.normal(head + "probe", 1, 1, 1, width));
    specs.add(ParameterSpec.fanIn(head + "attention.in_proj_weight", width, 3L * width, width));
    specs.add(ParameterSpec.constant(head + "attention.in_proj_bias", 0, 3L * width));
    specs.addAll(linear(head + "attention.out_proj", width, width, 1));
    specs.addAll(norm(head + "layernorm", width));
    specs.addAll(linear(head + "mlp.fc1", width, config.mlpWidth(), 1));
    specs.addAll(linear(head + "mlp.fc2", config.mlpWidth(), width, 1));
    return specs;
  }

  private static List<ParameterSpec> linear(String name, int in, int out, double gain) {
    return List.of(
        ParameterSpec.normal(name + ".weight", gain / Math.sqrt(in), out, in),
        ParameterSpec.constant(name + ".bias", 0, out));
  }

  private static List<ParameterSpec> norm(String name, int width) {
    return List.of(
        ParameterSpec.constant(name + ".weight", 1, width),
        ParameterSpec.constant(name + ".bias", 0, width));
  }
}
