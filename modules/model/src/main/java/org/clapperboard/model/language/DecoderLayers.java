package org.clapperboard.model.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.LoraLayers;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.language.DecoderConfig.Family;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** The layers of a decoder: which weights each has, and which method of the pack takes them. */
final class DecoderLayers {
  private static final List<String> ATTENTION =
      List.of(
          "input_layernorm.weight",
          "self_attn.q_proj.weight",
          "self_attn.k_proj.weight",
          "self_attn.v_proj.weight",
          "self_attn.o_proj.weight");
  private static final List<String> GATED =
      List.of("mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight");
  private static final String AFTER_ATTENTION = "post_attention_layernorm.weight";

  private final DecoderConfig config;
  private final Pack pack;
  private final List<NDArray[]> weights = new ArrayList<>();
  private final List<NDArray[]> biases = new ArrayList<>();
  private final NDArray[] allWeights;
  private final NDArray[] allBiases;
  private final LoraLayers adapters;

  DecoderLayers(DecoderConfig config, Parameters parameters, Lora lora, Pack pack) {
    this.config = config;
    this.pack = pack;
    List<String> places =
        IntStream.range(0, config.layers()).mapToObj(DecoderLayers::place).toList();
    this.adapters = new LoraLayers(lora, 0, places, names(config));
    for (int layer = 0; layer < config.layers(); layer++) {
      String at = place(layer);
      weights.add(parameters.tensors(at, names(config).toArray(String[]::new)));
      biases.add(
          config.projectionBias()
              ? parameters.tensors(
                  at, "self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias")
              : new NDArray[0]);
    }
    this.allWeights = joined(weights);
    this.allBiases = joined(biases);
  }

  /** What decides in a step of training what the adapter's dropout leaves out, or null. */
  NDArray keys(NDManager scope, RowSeeds seeds, int length) {
    return adapters.keys(scope, seeds, length);
  }

  /**
   * The same where a row may hold several samples.
   *
   * @param seeds of every position
   * @param at (B, 1, L) the place of each position in its sample
   */
  NDArray keys(NDManager scope, RowSeeds seeds, NDArray at) {
    return adapters.keys(scope, seeds, at);
  }

  /**
   * Runs one layer.
   *
   * @param mask (…, L, seen) what each position may see, or null for all up to itself
   * @param cache keys and values to extend, or nothing
   * @param at positions the cache holds already
   * @param keys from {@link #keys}
   * @param wanted flat positions whose output is asked for, if {@link #isPlain}; null for all
   * @param routers takes a router's scores where the layer has one
   */
  NDArray run(
      NDManager scope,
      int layer,
      NDArray x,
      NDArray turn,
      NDArray mask,
      List<NDArray> cache,
      int at,
      NDArray keys,
      NDArray wanted,
      List<NDArray> routers) {
    List<Object> arguments = new ArrayList<>();
    arguments.add(x);
    arguments.add(weights.get(layer));
    arguments.add(biases.get(layer));
    arguments.addAll(Arrays.asList(turn, mask, cache, at));
    addSizes(arguments);
    arguments.add(adapters.of(scope, layer, keys));
    if (wanted != null) {
      arguments.add(wanted);
      return pack.tensor(scope, "last_layer", arguments.toArray());
    }
    if (config.family() != Family.MIXTRAL) {
      return pack.tensor(scope, method(config.family()), arguments.toArray());
    }
    arguments.add(config.experts().preferred());
    List<NDArray> both = pack.tensors(scope, method(config.family()), arguments.toArray());
    routers.add(both.get(1));
    return both.get(0);
  }

  private void addSizes(List<Object> arguments) {
    arguments.add(config.heads());
    arguments.add(config.kvHeads());
    arguments.add(config.normEps());
    arguments.add(config.caps() == null ? 0.0 : 1 / Math.sqrt(config.caps().queryWidth()));
    arguments.add(config.caps() == null ? 0.0 : config.caps().attention());
  }

  /**
   * Runs all layers over further positions, nothing left out, with one call where layers allow it.
   *
   * @param all what each position may see in layers that see all, or null for all up to itself
   * @param window the same in the others
   */
  NDArray run(
      NDManager scope, NDArray x, NDArray turn, NDArray all, NDArray window, KvCache cache) {
    if (isPlain()) {
      List<Object> arguments = new ArrayList<>();
      arguments.add(x);
      arguments.add(allWeights);
      arguments.add(allBiases);
      NDArray mask = config.lookBack() == 0 ? all : window;
      arguments.addAll(Arrays.asList(turn, mask, cache.tensors(), cache.length()));
      addSizes(arguments);
      arguments.add(adapters.ofAll());
      return pack.tensor(scope, "layers", arguments.toArray());
    }
    NDArray state = x;
    for (int layer = 0; layer < config.layers(); layer++) {
      NDArray mask = config.lookBack(layer) == 0 ? all : window;
      List<NDArray> kept = cache.tensors(layer);
      int at = cache.length();
      state = run(scope, layer, state, turn, mask, kept, at, null, null, new ArrayList<>());
    }
    return state;
  }

  /** Whether layers are those of Llama, which the pack has more methods for. */
  boolean isPlain() {
    return method(config.family()).equals("layer");
  }

  private static NDArray[] joined(List<NDArray[]> each) {
    return each.stream().flatMap(Arrays::stream).toArray(NDArray[]::new);
  }

  private static String method(Family family) {
    return switch (family) {
      case LLAMA, MISTRAL, QWEN2 -> "layer";
      case MIXTRAL -> "expert_layer";
      case GEMMA2 -> "gemma_layer";
      case PHI3 -> "fused_layer";
    };
  }

  private static String place(int layer) {
    return "model.layers." + layer + ".";
  }

  /** The weights of a layer, in the order in which its method takes them. */
  private static List<String> names(DecoderConfig config) {
    List<String> names = new ArrayList<>();
    switch (config.family()) {
      case LLAMA, MISTRAL, QWEN2 -> {
        names.addAll(ATTENTION);
        names.add(AFTER_ATTENTION);
        names.addAll(GATED);
      }
      case MIXTRAL -> {
        names.addAll(ATTENTION);
        names.add(AFTER_ATTENTION);
        names.add("block_sparse_moe.gate.weight");
        for (int expert = 0; expert < config.experts().count(); expert++) {
          for (String matrix : List.of("w1", "w2", "w3")) {
            names.add("block_sparse_moe.experts." + expert + "." + matrix + ".weight");
          }
        }
      }
      case GEMMA2 -> {
        names.addAll(ATTENTION);
        names.add(AFTER_ATTENTION);
        names.add("pre_feedforward_layernorm.weight");
        names.add("post_feedforward_layernorm.weight");
        names.addAll(GATED);
      }
      case PHI3 ->
          names.addAll(
              List.of(
                  "input_layernorm.weight",
                  "self_attn.qkv_proj.weight",
                  "self_attn.o_proj.weight",
                  AFTER_ATTENTION,
                  "mlp.gate_up_proj.weight",
                  "mlp.down_proj.weight"));
    }
    return names;
  }

  /** The parameters of a layer. */
  static List<ParameterSpec> specs(DecoderConfig config, int layer) {
    List<ParameterSpec> specs = new ArrayList<>();
    for (String name : names(config)) {
      specs.add(spec(config, place(layer), name));
      String bias = name.replace(".weight", ".bias");
      if (config.projectionBias() && name.matches("self_attn\\.[qkv]_proj\\.weight")) {
        specs.add(ParameterSpec.constant(place(layer) + bias, 0, rows(config, name)));
      }
    }
    return specs;
  }

  private static ParameterSpec spec(DecoderConfig config, String place, String name) {
    if (name.contains("layernorm")) {
      return ParameterSpec.constant(place + name, 1 - config.normBase(), config.width());
    }
    boolean adds = name.matches(".*(o_proj|down_proj|w2)\\.weight");
    long columns = columns(config, name);
    // What is added to the residual starts small, so that depth does not add up (GPT-2).
    double deviation =
        (adds ? 1 / Math.sqrt(2.0 * config.layers()) : 1) / Math.sqrt((double) columns);
    return ParameterSpec.normal(place + name, deviation, rows(config, name), columns);
  }

  private static long rows(DecoderConfig config, String name) {
    int heads = config.heads() * config.headWidth();
    int kvHeads = config.kvHeads() * config.headWidth();
    return switch (last(name)) {
      case "q_proj" -> heads;
      case "k_proj", "v_proj" -> kvHeads;
      case "qkv_proj" -> heads + 2L * kvHeads;
      case "gate_proj", "up_proj", "w1", "w3" -> config.mlpWidth();
      case "gate_up_proj" -> 2L * config.mlpWidth();
      case "gate" -> config.experts().count();
      default -> config.width();
    };
  }

  private static long columns(DecoderConfig config, String name) {
    return switch (last(name)) {
      case "o_proj" -> (long) config.heads() * config.headWidth();
      case "down_proj", "w2" -> config.mlpWidth();
      default -> config.width();
    };
  }

  /** "q_proj" of "self_attn.q_proj.weight". */
  private static String last(String name) {
    String module = name.substring(0, name.lastIndexOf('.'));
    return module.substring(module.lastIndexOf('.') + 1);
  }
}
