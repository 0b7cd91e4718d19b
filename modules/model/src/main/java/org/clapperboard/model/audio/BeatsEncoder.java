package org.clapperboard.model.audio;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraLayers;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;

/** The audio encoder BEATs: log-mel filter banks to patch features (reference model/beats). */
public final class BeatsEncoder {
  private static final String[] LAYER = {
    "self_attn.q_proj.weight",
    "self_attn.q_proj.bias",
    "self_attn.k_proj.weight",
    "self_attn.k_proj.bias",
    "self_attn.v_proj.weight",
    "self_attn.v_proj.bias",
    "self_attn.out_proj.weight",
    "self_attn.out_proj.bias",
    "self_attn.grep_linear.weight",
    "self_attn.grep_linear.bias",
    "self_attn.grep_a",
    "self_attn_layer_norm.weight",
    "self_attn_layer_norm.bias",
    "fc1.weight",
    "fc1.bias",
    "fc2.weight",
    "fc2.bias",
    "final_layer_norm.weight",
    "final_layer_norm.bias"
  };
  private static final String BIAS_TABLE =
      "encoder.layers.0.self_attn.relative_attention_bias.weight";

  private final BeatsConfig config;
  private final Parameters parameters;
  private final String prefix;
  private final List<NDArray[]> layers;
  private final Lora lora;
  private final LoraLayers adapters;
  private final Pack pack = Pack.load("audio");

  /** An encoder over parameters made from {@link #specs} with the same prefix. */
  public BeatsEncoder(BeatsConfig config, Parameters parameters, String prefix) {
    this(config, parameters, null, prefix);
  }

  /**
   * The same with an adapter.
   *
   * @param lora its adapter, or null
   */
  public BeatsEncoder(BeatsConfig config, Parameters parameters, Lora lora, String prefix) {
    this.config = config;
    this.parameters = parameters;
    this.prefix = prefix;
    this.lora = lora;
    List<String> places =
        IntStream.range(0, config.layers())
            .mapToObj(layer -> prefix + "encoder.layers." + layer + ".")
            .toList();
    this.layers = places.stream().map(place -> parameters.tensors(place, LAYER)).toList();
    this.adapters = new LoraLayers(lora, 1, places, List.of(LAYER));
  }

  /** The shape of this encoder. */
  public BeatsConfig config() {
    return config;
  }

  /**
   * Features of every patch.
   *
   * @param bank (B, frames, bins) log-mel filter banks as they come, not normalised
   * @return (B, tokens, width), tokens in time-major order
   */
  public NDArray features(NDManager scope, NDArray bank) {
    return last(states(scope, bank, null, layer -> false, null, Tape.keeping()));
  }

  /**
   * Features of every patch as a step of training sees them: where the encoder trains, some layers
   * are left out (reference backbone.py). Which ones is a function of the step's seed alone, so
   * that all ranks and micro-batches of a step leave out the same. An adapter leaves out some of
   * what it sees, which is a function of the sound's place too.
   *
   * @param bank (B, frames, bins) log-mel filter banks as they come, not normalised
   * @param seeds of the sounds
   * @param tape of the pass
   * @return (B, tokens, width), tokens in time-major order
   */
  public NDArray features(NDManager scope, NDArray bank, RowSeeds seeds, Tape tape) {
    return last(states(scope, bank, null, dropped(seeds.stepSeed()), seeds, tape));
  }

  /** What enters the first layer, then the output of each layer; each (B, tokens, width). */
  public List<NDArray> hiddenStates(NDManager scope, NDArray bank) {
    return states(scope, bank, null, layer -> false, null, Tape.keeping());
  }

  /**
   * The same for sounds of unequal length. The model never asks for it: as in the reference, the
   * silence behind a short sound is listened to.
   *
   * @param padding (B, frames) booleans: which frames are padding
   */
  public List<NDArray> hiddenStates(NDManager scope, NDArray bank, NDArray padding) {
    return states(scope, bank, padding, layer -> false, null, Tape.keeping());
  }

  private IntPredicate dropped(long stepSeed) {
    if (parameters.trainable() == Trainable.NO) {
      return layer -> false;
    }
    double[] draws = new SplittableRandom(stepSeed).doubles(config.layers()).toArray();
    return layer -> draws[layer] < config.layerDrop();
  }

  private List<NDArray> states(
      NDManager scope,
      NDArray bank,
      NDArray padding,
      IntPredicate dropped,
      RowSeeds seeds,
      Tape tape) {
    NDArray x = project(scope, bank);
    long tokens = x.getShape().get(1);
    NDArray padded = padding == null ? null : pack.tensor(scope, "padded_tokens", padding, tokens);
    x = withPositions(scope, padded == null ? x : pack.tensor(scope, "without", x, padded));
    NDArray bias =
        pack.tensor(scope, "position_bias", weight(BIAS_TABLE), tokens, config.maxDistance());
    NDArray keys = adapters.keys(scope, seeds, Math.toIntExact(tokens));
    boolean learns = lora != null || parameters.trainable() == Trainable.YES;
    List<NDArray> states = new ArrayList<>(List.of(x));
    for (int i = 0; i < config.layers(); i++) {
      int layer = i;
      Tape.Layer run =
          (inner, in) ->
              List.of(
                  dropped.test(layer)
                      ? passBy(inner, in.get(0))
                      : layer(inner, in.get(0), layer, in.get(1), padded, keys));
      states.add(tape.run(scope, List.of(last(states), bias), learns, run).get(0));
    }
    return states;
  }

  private NDArray layer(
      NDManager scope, NDArray x, int layer, NDArray bias, NDArray padded, NDArray keys) {
    return pack.tensor(
        scope,
        "layer",
        x,
        layers.get(layer),
        bias,
        padded,
        config.heads(),
        config.residualScale(),
        config.gradientScale(),
        adapters.of(scope, layer, keys));
  }

  /** A layer that is left out still scales the gradient (reference backbone.py). */
  private NDArray passBy(NDManager scope, NDArray x) {
    return pack.tensor(scope, "scale_gradient", x, config.gradientScale());
  }

  private static NDArray last(List<NDArray> states) {
    return states.get(states.size() - 1);
  }

  /** Patches as wide as the encoder, (B, tokens, width). */
  private NDArray project(NDManager scope, NDArray bank) {
    NDArray x =
        pack.tensor(
            scope,
            "patches",
            bank,
            weight("patch_embedding.weight"),
            BeatsConfig.BANK_MEAN,
            BeatsConfig.BANK_DEVIATION);
    NDArray[] projection =
        config.patchWidth() == config.width()
            ? new NDArray[0]
            : parameters.tensors(prefix + "post_extract_proj.", "weight", "bias");
    NDArray norm = weight("layer_norm.weight");
    return pack.tensor(scope, "project", x, norm, weight("layer_norm.bias"), projection);
  }

  private NDArray withPositions(NDManager scope, NDArray x) {
    NDArray positions =
        pack.tensor(
            scope,
            "positions",
            x,
            weight("encoder.pos_conv.0.weight_g"),
            weight("encoder.pos_conv.0.weight_v"),
            weight("encoder.pos_conv.0.bias"),
            config.positionGroups());
    NDArray norm = weight("encoder.layer_norm.weight");
    return pack.tensor(scope, "add_norm", x, positions, norm, weight("encoder.layer_norm.bias"));
  }

  private NDArray weight(String name) {
    return parameters.tensor(prefix + name);
  }

  /** The parameters of an encoder of this shape, under the names of the released checkpoint. */
  public static List<ParameterSpec> specs(BeatsConfig config, String prefix) {
    int width = config.width();
    int patch = config.patchSize();
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(
        ParameterSpec.fanIn(
            prefix + "patch_embedding.weight",
            (long) patch * patch,
            config.patchWidth(),
            1,
            patch,
            patch));
    specs.addAll(norm(prefix + "layer_norm", config.patchWidth()));
    if (config.patchWidth() != width) {
      specs.addAll(linear(prefix + "post_extract_proj", config.patchWidth(), width, 1));
    }
    String position = prefix + "encoder.pos_conv.0.";
    int inGroup = width / config.positionGroups();
    double deviation = Math.sqrt(4.0 / (config.positionKernel() * (double) width));
    specs.add(ParameterSpec.constant(position + "bias", 0, width));
    // Weight norm starts as the identity: g is the length v has on average.
    specs.add(
        ParameterSpec.constant(
            position + "weight_g",
            deviation * Math.sqrt((double) width * inGroup),
            1,
            1,
            config.positionKernel()));
    specs.add(
        ParameterSpec.normal(
            position + "weight_v", deviation, width, inGroup, config.positionKernel()));
    for (int layer = 0; layer < config.layers(); layer++) {
      specs.addAll(layerSpecs(config, prefix + "encoder.layers." + layer + ".", layer));
    }
    specs.addAll(norm(prefix + "encoder.layer_norm", width));
    return specs;
  }

  private static List<ParameterSpec> layerSpecs(BeatsConfig config, String at, int layer) {
    int width = config.width();
    int headWidth = width / config.heads();
    double gain = config.startGain();
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(ParameterSpec.constant(at + "self_attn.grep_a", 1, 1, config.heads(), 1, 1));
    if (layer == 0) {
      specs.add(
          ParameterSpec.normal(
              at + "self_attn.relative_attention_bias.weight",
              0.02,
              config.buckets(),
              config.heads()));
    }
    specs.addAll(linear(at + "self_attn.k_proj", width, width, 1));
    specs.addAll(linear(at + "self_attn.v_proj", width, width, gain));
    specs.addAll(linear(at + "self_attn.q_proj", width, width, 1));
    specs.addAll(linear(at + "self_attn.out_proj", width, width, gain));
    specs.addAll(linear(at + "self_attn.grep_linear", headWidth, 8, 1));
    specs.addAll(norm(at + "self_attn_layer_norm", width));
    specs.addAll(linear(at + "fc1", width, config.mlpWidth(), gain));
    specs.addAll(linear(at + "fc2", config.mlpWidth(), width, gain));
    specs.addAll(norm(at + "final_layer_norm", width));
    return specs;
  }

  private static List<ParameterSpec> linear(String name, int in, int out, double gain) {
    double deviation = gain * Math.sqrt(2.0 / (in + out));
    return List.of(
        ParameterSpec.normal(name + ".weight", deviation, out, in),
        ParameterSpec.constant(name + ".bias", 0, out));
  }

  private static List<ParameterSpec> norm(String name, int width) {
    return List.of(
        ParameterSpec.constant(name + ".weight", 1, width),
        ParameterSpec.constant(name + ".bias", 0, width));
  }
}
