package org.clapperboard.model.language;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.clapperboard.model.adapter.Lora;
import org.clapperboard.model.adapter.RowSeeds;
import org.clapperboard.model.engine.Pack;
import org.clapperboard.model.engine.Tape;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.Parameters;
import org.clapperboard.model.weights.Parameters.Trainable;

/** The language model: a decoder of the Llama kind (Hugging Face modeling files). */
public final class LanguageModel {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";
  private static final String NORM = "model.norm.weight";

  /** Elements of the vocabulary's scores that the loss holds at a time. */
  public static final int SCORES_AT_A_TIME = 1 << 24;

  private final DecoderConfig config;
  private final NDArray embedding;
  private final NDArray norm;
  private final NDArray head;
  private final DecoderLayers layers;
  private final Parameters parameters;
  private final Lora lora;
  private final Pack pack = Pack.load("language");

  /** A language model over parameters made from {@link #specs}. */
  public LanguageModel(DecoderConfig config, Parameters parameters) {
    this(config, parameters, null);
  }

  /**
   * The same with an adapter.
   *
   * @param lora its adapter, or null
   */
  public LanguageModel(DecoderConfig config, Parameters parameters, Lora lora) {
    this.config = config;
    this.parameters = parameters;
    this.lora = lora;
    this.embedding = parameters.tensor(EMBEDDING);
    this.norm = parameters.tensor(NORM);
    this.head = config.tied() ? embedding : parameters.tensor(HEAD);
    this.layers = new DecoderLayers(config, parameters, lora, pack);
  }

  /** The shape of this model. */
  public DecoderConfig config() {
    return config;
  }

  /**
   * The sum of a batch's cross-entropy, ready for a backward pass.
   *
   * @param total sum over all labelled positions, a scalar with a graph
   * @param byRow (B) each row's share of it, or each sample's, without a graph
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
    return hidden(scope, x, null, new ArrayList<>(), Tape.keeping());
  }

  /**
   * The same in a step of training, and what the experts' routers said.
   *
   * @param seeds of the rows, for an adapter's dropout, or null to leave nothing out
   * @param routers takes (B L, experts) scores of each layer whose experts have a loss
   * @param tape of the pass
   */
  public NDArray hidden(
      NDManager scope, NDArray x, RowSeeds seeds, List<NDArray> routers, Tape tape) {
    Rows rows = rows(scope, x, seeds, routers, tape);
    for (int layer = 0; layer < config.layers(); layer++) {
      rows.layer(layer, null);
    }
    return rows.state();
  }

  /** The same rows in front of the first layer, to go on layer by layer. */
  public Rows rows(NDManager scope, NDArray x, RowSeeds seeds, List<NDArray> routers, Tape tape) {
    int length = Math.toIntExact(x.getShape().get(1));
    NDArray turn = rotary(scope, beside(scope, scope.arange(length), x));
    NDArray window =
        config.lookBack() == 0 ? null : pack.tensor(scope, "window", length, config.lookBack(), x);
    NDArray keys = layers.keys(scope, seeds, length);
    return new Rows(scope, scaled(scope, x), new Sight(turn, null, window, keys), routers, tape);
  }

  /**
   * The same where a row may hold several samples one after the other: each sees itself alone.
   *
   * @param places (B L) the place of each position in its sample, counted from 0
   * @param seeds of every position (B L), or null to leave nothing out
   */
  public Rows packed(
      NDManager scope, NDArray x, long[] places, RowSeeds seeds, List<NDArray> routers, Tape tape) {
    Shape shape = new Shape(x.getShape().get(0), 1, x.getShape().get(1));
    NDArray at = beside(scope, scope.create(places, shape), x);
    NDArray turn = rotary(scope, at);
    NDArray own = pack.tensor(scope, "own_sample", at, 0);
    NDArray window =
        config.lookBack() == 0 ? own : pack.tensor(scope, "own_sample", at, config.lookBack());
    NDArray keys = layers.keys(scope, seeds, at);
    return new Rows(scope, scaled(scope, x), new Sight(turn, own, window, keys), routers, tape);
  }

  /**
   * What layers need beside their input.
   *
   * @param turn rotary angles
   * @param all what a position sees in layers that see all, or null for those up to itself
   * @param window what it sees in the others
   * @param keys of the adapter's dropout, or null
   */
  private record Sight(NDArray turn, NDArray all, NDArray window, NDArray keys) {}

  /** Rows on their way through the layers. */
  public final class Rows {
    private final NDManager scope;
    private final Sight sight;
    private final List<NDArray> routers;
    private final Tape tape;
    private NDArray state;

    private Rows(NDManager scope, NDArray state, Sight sight, List<NDArray> routers, Tape tape) {
      this.scope = scope;
      this.state = state;
      this.sight = sight;
      this.routers = routers;
      this.tape = tape;
    }

    /**
     * Goes through a layer; from the first to the last, each once.
     *
     * @param wanted flat positions whose output alone is asked for, of the last layer and only if
     *     {@link #narrows}; null for all
     */
    public void layer(int layer, NDArray wanted) {
      boolean learns = lora != null || parameters.trainable() == Trainable.YES;
      NDArray mask = config.lookBack(layer) == 0 ? sight.all() : sight.window();
      List<NDArray> outputs =
          tape.run(
              scope,
              List.of(state),
              learns,
              (inner, inputs) -> {
                List<NDArray> made = new ArrayList<>();
                NDArray in = inputs.get(0);
                NDArray turn = sight.turn();
                NDArray keys = sight.keys();
                made.add(
                    layers.run(inner, layer, in, turn, mask, List.of(), 0, keys, wanted, made));
                // Scores of a router come first; without a balance nobody asks for them.
                Collections.reverse(made);
                return balances() ? made : made.subList(0, 1);
              });
      state = outputs.get(0);
      routers.addAll(outputs.subList(1, outputs.size()));
    }

    /** What has come out of the layers so far: (B, L, width), or (1, N, width) of those wanted. */
    public NDArray state() {
      return state;
    }
  }

  /** Whether its last layer can leave out what nobody asks for. */
  public boolean narrows() {
    return layers.isPlain();
  }

  /** Whether experts have a loss of their own. */
  private boolean balances() {
    return config.experts() != null && config.experts().balance() > 0;
  }

  /** Gemma2 scales what goes into its first layer, media included. */
  private NDArray scaled(NDManager scope, NDArray x) {
    return config.family() == DecoderConfig.Family.GEMMA2
        ? pack.tensor(scope, "scaled", x, Math.sqrt(config.width()))
        : x;
  }

  /**
   * The cross-entropy of the labelled positions of a batch. Nothing else is projected to the
   * vocabulary, and never all of it at once. With gradients recorded, one that the head has already
   * is added to here; go backward from the loss once.
   *
   * @param hidden (B, L, width) from {@link #hidden} or {@link Rows}
   * @param at (N) positions in it, flattened, whose output predicts a label
   * @param labels (N) the labels
   * @param rows (N) the row of each, or the sample, where rows hold several
   * @param count how many rows, or samples, there are
   */
  public Loss loss(
      NDManager scope, NDArray hidden, NDArray at, NDArray labels, NDArray rows, int count) {
    List<NDArray> both =
        pack.tensors(
            scope,
            "loss",
            hidden,
            norm,
            head,
            config.normEps(),
            config.normBase(),
            config.scoreCap(),
            at,
            labels,
            rows,
            Math.max(1, SCORES_AT_A_TIME / config.vocabulary()),
            head.hasGradient(),
            count);
    return new Loss(both.get(0), both.get(1));
  }

  /**
   * The loss with Mixtral's auxiliary loss, for each label once; the shares of rows stay as they
   * are.
   *
   * @param routers scores from {@link #hidden}
   * @param real (B L) 1 where a position is no padding, else 0
   * @param labels how many labels the loss is the sum of
   */
  public Loss balanced(
      NDManager scope, Loss loss, List<NDArray> routers, NDArray real, int labels) {
    DecoderConfig.Experts experts = config.experts();
    if (!balances()) {
      return loss;
    }
    NDArray imbalance = pack.tensor(scope, "imbalance", routers, experts.preferred(), real);
    double share = experts.balance() * labels;
    return new Loss(
        pack.tensor(scope, "with_imbalance", loss.total(), imbalance, share), loss.byRow());
  }

  /** Scores of the next token at every position, (B, L, vocabulary). */
  public NDArray logits(NDManager scope, NDArray hidden) {
    return scores(scope, "logits", hidden);
  }

  /** Scores of the token after the last position, (B, vocabulary). */
  public NDArray lastLogits(NDManager scope, NDArray hidden) {
    return scores(scope, "last_logits", hidden);
  }

  private NDArray scores(NDManager scope, String method, NDArray hidden) {
    return pack.tensor(
        scope, method, hidden, norm, head, config.normEps(), config.normBase(), config.scoreCap());
  }

  /**
   * An empty cache, in the type of this model's weights.
   *
   * @param parent the scope it lives in at the longest
   * @param padding for each row, how many positions on the left are padding
   * @param longest positions there must be room for, padding included
   */
  public KvCache cache(NDManager parent, int[] padding, int longest) {
    return new KvCache(parent, config, pack, embedding, padding, longest);
  }

  /**
   * Runs all layers over further positions of rows whose past is in a cache.
   *
   * @param x (B, L, width) the next L positions of each row
   * @return (B, L, width), before the last norm
   */
  public NDArray hidden(NDManager scope, NDArray x, KvCache cache) {
    int length = Math.toIntExact(x.getShape().get(1));
    NDArray turn = rotary(scope, beside(scope, cache.positions(scope, length), x));
    NDArray all = beside(scope, cache.mask(scope, length, 0), x);
    NDArray window =
        config.lookBack() == 0
            ? all
            : beside(scope, cache.mask(scope, length, config.lookBack()), x);
    NDArray state = layers.run(scope, scaled(scope, x), turn, all, window, cache);
    cache.extend(length);
    return state;
  }

  /**
   * Draws the next token of each row.
   *
   * @param scores (B, vocabulary)
   * @param temperature scores are divided by it, above 0
   * @param topP only the most likely tokens that make up this share together are drawn
   * @param at (B) numbers from 0 to below 1 that decide
   */
  public NDArray sample(
      NDManager scope, NDArray scores, double temperature, double topP, NDArray at) {
    return pack.tensor(scope, "sample", scores, temperature, topP, at);
  }

  /** What was made in host memory, where the layers compute; nothing of nothing. */
  private NDArray beside(NDManager scope, NDArray made, NDArray like) {
    return made == null ? null : pack.tensor(scope, "beside", made, like);
  }

  private NDArray rotary(NDManager scope, NDArray positions) {
    return pack.tensor(scope, "rotary", positions, config.headWidth(), config.ropeTheta());
  }

  /** The parameters of a model of this shape, under their Hugging Face names. */
  public static List<ParameterSpec> specs(DecoderConfig config) {
    int width = config.width();
    List<ParameterSpec> specs = new ArrayList<>();
    specs.add(ParameterSpec.normal(EMBEDDING, config.embeddingStart(), config.vocabulary(), width));
    for (int layer = 0; layer < config.layers(); layer++) {
      specs.addAll(DecoderLayers.specs(config, layer));
    }
    specs.add(ParameterSpec.constant(NORM, 1 - config.normBase(), width));
    if (!config.tied()) {
      specs.add(ParameterSpec.normal(HEAD, 1 / Math.sqrt(width), config.vocabulary(), width));
    }
    return specs;
  }
}
