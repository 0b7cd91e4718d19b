package org.clapperboard.model.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;

/** The language model: a decoder of the Llama family (Hugging Face modeling files). */
public final class LanguageModel {
  private static final String[] LAYER = {
    "input_layernorm.weight",
    "self_attn.q_proj.weight",
    "self_attn.k_proj.weight",
    "self_attn.v_proj.weight",
    "self_attn.o_proj.weight",
    "post_attention_layernorm.weight",
    "mlp.gate_proj.weight",
    "mlp.up_proj.weight",
    "mlp.down_proj.weight"
  };
  private static final String[] BIASES = {
    "self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"
  };
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  private static final String NORM = "model.norm.weight";

  private final DecoderConfig config;
  private final NDArray embedding;
  private final NDArray norm;
  private final NDArray head;
  private final List<NDArray[]> layers;
  private final List<NDArray[]> biases;
  private final Pack pack = Pack.load("language");

  /** A language model over parameters made from {@link #specs}. */
  public LanguageModel(DecoderConfig config, Parameters parameters) {
    this.config = config;
    this.embedding = parameters.tensor(EMBEDDING);
    this.norm = parameters.tensor(NORM);
    this.head = config.tied() ? embedding : parameters.tensor(HEAD);
    this.layers = perLayer(config, parameters, LAYER);
    this.biases = perLayer(config, parameters, config.projectionBias() ? BIASES : new String[0]);
  }

  /** The shape of this model. */
  public DecoderConfig config() {
    return config;
  }

  /**
   * The sum of a batch's cross-entropy, ready for a backward pass.
   *
   * @param total sum over all labelled positions, a scalar with a graph
   * @param byRow (B) each row's share of it, without a graph
   */
  public record Loss(NDArray total, NDArray byRow) {}

  /**
   * Lays out a batch of rows from embedded text and media vectors.
   *
   * @param ids (N) token ids of all rows one after the other
   * @param media (…, width) vectors, in the order in which their rows are numbered after the text
   * @param index (B, L) which of those rows stands where; the number after the last is padding
   * @return (B, L, width)
   */
  public NDArray splice(NDManager scope, NDArray ids, List<NDArray> media, NDArray index) {
    return pack.tensor(scope, "splice", embedding, ids, media, index);
  }

  /** Embeds token ids (B, L) to (B, L, width). */
  public NDArray embed(NDManager scope, NDArray ids) {
    return pack.tensor(scope, "embed", embedding, ids);
  }

  /**
   * Runs all layers with causal attention. Rows are padded on the right, if at all: padding then
   * lies after everything a labelled position can see.
   *
   * @param x (B, L, width)
   * @return (B, L, width), before the last norm
   */
  public NDArray hidden(NDManager scope, NDArray x) {
    NDArray positions = scope.arange(Math.toIntExact(x.getShape().get(1)));
    NDArray turn = rotary(scope, positions);
    for (int layer = 0; layer < config.layers(); layer++) {
      x = layer(scope, x, layer, turn);
    }
    return x;
  }

  private NDArray layer(NDManager scope, NDArray x, int layer, NDArray turn) {
    return pack.tensor(
        scope,
        "layer",
        x,
        layers.get(layer),
        biases.get(layer),
        turn,
        null,
        config.heads(),
        config.kvHeads(),
        config.normEps());
  }

  /**
   * The cross-entropy of the labelled positions of a batch; nothing else is projected to the
   * vocabulary.
   *
   * @param hidden (B, L, width) from {@link #hidden}
   * @param at (N) positions in the flattened batch whose output predicts a label
   * @param labels (N) the labels
   * @param rows (N) the row of each
   */
  public Loss loss(NDManager scope, NDArray hidden, NDArray at, NDArray labels, NDArray rows) {
    List<NDArray> both =
        pack.tensors(scope, "loss", hidden, norm, head, config.normEps(), at, labels, rows);
    return new Loss(both.get(0), both.get(1));
  }

  /** Scores of the next token at every position, (B, L, vocabulary). */
  public NDArray logits(NDManager scope, NDArray hidden) {
    return pack.tensor(scope, "logits", hidden, norm, head, config.normEps());
  }

  /** Scores of the token after the last position, (B, vocabulary). */
  public NDArray lastLogits(NDManager scope, NDArray hidden) {
    return pack.tensor(scope, "last_logits", hidden, norm, head, config.normEps());
  }

  /**
   * Runs all layers over further positions of rows whose past is in a cache.
   *
   * @param x (B, L, width) the next L positions of each row
   * @return (B, L, width), before the last norm
   */
  public NDArray hidden(NDManager scope, NDArray x, KvCache cache) {
    int length = Math.toIntExact(x.getShape().get(1));
    NDArray turn = rotary(scope, cache.positions(scope, length));
    NDArray mask = cache.mask(scope, length);
    for (int layer = 0; layer < config.layers(); layer++) {
      x =
          pack.tensor(
              scope,
              "layer_with_cache",
              x,
              layers.get(layer),
              biases.get(layer),
              turn,
              mask,
              cache.keys(layer),
              cache.values(layer),
              cache.length(),
              config.heads(),
              config.kvHeads(),
              config.normEps());
    }
    cache.extend(length);
    return x;
  }

  private NDArray rotary(NDManager scope, NDArray positions) {
    return pack.tensor(scope, "rotary", positions, config.headWidth(), config.ropeTheta());
  }

  private static List<NDArray[]> perLayer(
      DecoderConfig config, Parameters parameters, String... names) {
    return IntStream.range(0, config.layers())
        .mapToObj(layer -> parameters.tensors("model.layers." + layer + ".", names))
        .toList();
  }

  /** The parameters of a model of this shape, under their Hugging Face names. */
  public static List<ParameterSpec> specs(DecoderConfig config) {
    int width = config.width();
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(ParameterSpec.normal(EMBEDDING, config.embeddingStart(), config.vocabulary(), width));
    for (int layer = 0; layer < config.layers(); layer++) {
      specs.addAll(layerSpecs(config, "model.layers." + layer + "."));
    }
    specs.add(ParameterSpec.constant(NORM, 1, width));
    if (!config.tied()) {
      specs.add(ParameterSpec.normal(HEAD, 1 / Math.sqrt(width), config.vocabulary(), width));
    }
    return specs;
  }

  private static List<ParameterSpec> layerSpecs(DecoderConfig config, String at) {
    int width = config.width();
    int kvWidth = config.kvHeads() * config.headWidth();
    int mlp = config.mlpWidth();
    // What is added to the residual starts small, so that depth does not add up (GPT-2).
    double added = 1 / Math.sqrt(2.0 * config.layers());
    List<ParameterSpec> specs = new ArrayList<>();
    for (String projection : List.of("q_proj", "k_proj", "v_proj")) {
      int out = projection.equals("q_proj") ? width : kvWidth;
      specs.add(matrix(at + "self_attn." + projection, width, out, 1));
      if (config.projectionBias()) {
        specs.add(ParameterSpec.constant(at + "self_attn." + projection + ".bias", 0, out));
      }
    }
    specs.add(matrix(at + "self_attn.o_proj", width, width, added));
    specs.add(matrix(at + "mlp.gate_proj", width, mlp, 1));
    specs.add(matrix(at + "mlp.up_proj", width, mlp, 1));
    specs.add(matrix(at + "mlp.down_proj", mlp, width, added));
    specs.add(ParameterSpec.constant(at + "input_layernorm.weight", 1, width));
    specs.add(ParameterSpec.constant(at + "post_attention_layernorm.weight", 1, width));
    return specs;
  }

  private static ParameterSpec matrix(String name, int in, int out, double gain) {
    return ParameterSpec.normal(name + ".weight", gain / Math.sqrt(in), out, in);
  }
}
