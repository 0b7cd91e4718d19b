package org.clapperboard.model.language;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * The shape of a decoder-only language model.
 *
 * @param family architecture
 * @param vocabulary rows of the embedding table
 * @param width hidden size
 * @param layers transformer layers
 * @param heads query heads
 * @param kvHeads key-value heads; each serves heads / kvHeads query heads
 * @param headWidth width of one head
 * @param mlpWidth hidden size of the gated feed-forward layers
 * @param normEps epsilon of the root-mean-square norms
 * @param ropeTheta base of the rotary frequencies
 * @param tied whether the head shares the embedding table
 * @param context longest row in positions
 * @param lookBack how many positions before itself a position sees, 0 for all. Gemma2 applies it in
 *     every second layer, from the first on
 * @param experts the experts of a Mixtral, else null
 * @param caps the bounded scores of a Gemma2, else null
 * @param embeddingStart standard deviation of embeddings that start fresh
 */
public record DecoderConfig(
    Family family,
    int vocabulary,
    int width,
    int layers,
    int heads,
    int kvHeads,
    int headWidth,
    int mlpWidth,
    double normEps,
    double ropeTheta,
    boolean tied,
    int context,
    int lookBack,
    Experts experts,
    Caps caps,
    double embeddingStart)
    implements Serializable {
  /** The usual standard deviation of fresh embeddings (Hugging Face's initializer_range). */
  public static final double EMBEDDING_START = 0.02;

  /** Architectures, all of them relatives of Llama. */
  public enum Family {
    /** Meta's Llama. */
    LLAMA,
    /** Mistral. */
    MISTRAL,
    /** Mixtral: the feed-forward layers are experts, each token goes to some of them. */
    MIXTRAL,
    /** Qwen2: queries, keys and values have biases. */
    QWEN2,
    /** Gemma2: norms after as well as before, bounded scores, scaled embeddings. */
    GEMMA2,
    /** Phi3: one matrix for queries, keys and values, one for gate and up. */
    PHI3
  }

  /**
   * Experts in place of feed-forward layers.
   *
   * @param count experts in a layer
   * @param preferred how many of them a token goes to
   * @param balance weight of the auxiliary loss that evens their use out, 0 for none
   */
  public record Experts(int count, int preferred, double balance) implements Serializable {

    public Experts {
      try (Rules rules = new Rules()) {
        rules.atLeast("count", count, 1);
        rules.between("preferred", preferred, 1, Math.max(1, count));
        rules.atLeast("balance", balance, 0);
      }
    }

    static Experts read(Section section) {
      return section.build(
          () ->
              new Experts(
                  section.integer("count"),
                  section.integer("preferred", 2),
                  section.number("balance", 0)));
    }
  }

  /**
   * Scores that a tangent keeps within bounds.
   *
   * @param attention bound of attention scores
   * @param logits bound of the vocabulary's scores
   * @param queryWidth attention scores are divided by the root of this
   */
  public record Caps(double attention, double logits, double queryWidth) implements Serializable {

    public Caps {
      try (Rules rules = new Rules()) {
        rules.positive("attention", attention);
        rules.positive("logits", logits);
        rules.positive("queryWidth", queryWidth);
      }
    }

    static Caps read(Section section) {
      return section.build(
          () ->
              new Caps(
                  section.number("attention", 50),
                  section.number("logits", 30),
                  section.number("query-width")));
    }
  }

  public DecoderConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("vocabulary", vocabulary, 1);
      rules.atLeast("width", width, 1);
      rules.atLeast("layers", layers, 0);
      rules.atLeast("kvHeads", kvHeads, 1);
      rules.atLeast("mlpWidth", mlpWidth, 1);
      rules.positive("normEps", normEps);
      rules.positive("ropeTheta", ropeTheta);
      rules.atLeast("context", context, 1);
      rules.atLeast("lookBack", lookBack, 0);
      rules.positive("embeddingStart", embeddingStart);
      if (heads < 1 || heads % Math.max(1, kvHeads) != 0) {
        rules.broken("heads", heads, "a multiple of kv-heads = " + kvHeads).dependsOn("kvHeads");
      }
      if (headWidth < 2 || headWidth % 2 != 0) {
        rules
            .broken("headWidth", headWidth, "even and at least 2; without it width / heads")
            .dependsOn("width")
            .dependsOn("heads");
      }
      if ((experts != null) != (family == Family.MIXTRAL)) {
        rules.broken("experts", experts, "given for mixtral, and only there").dependsOn("family");
      }
      if ((caps != null) != (family == Family.GEMMA2)) {
        rules.broken("caps", caps, "given for gemma2, and only there").dependsOn("family");
      }
    }
  }

  /** Reads it from its section of a configuration file. */
  public static DecoderConfig read(Section section) {
    return section.build(
        () -> {
          int width = section.integer("width");
          int heads = section.integer("heads");
          return new DecoderConfig(
              section.oneOf("family", Family.class),
              section.integer("vocabulary"),
              width,
              section.integer("layers"),
              heads,
              section.integer("kv-heads"),
              section.integer("head-width", heads > 0 && width % heads == 0 ? width / heads : 0),
              section.integer("mlp-width"),
              section.number("norm-eps", 1e-6),
              section.number("rope-theta"),
              section.flag("tied", false),
              section.integer("context", 32768),
              section.integer("look-back", 0),
              section.has("experts") ? Experts.read(section.section("experts")) : null,
              section.has("caps") ? Caps.read(section.section("caps")) : null,
              section.number("embedding-start", EMBEDDING_START));
        });
  }

  /** How many positions before itself a position sees in a layer, 0 for all. */
  int lookBack(int layer) {
    return family == Family.GEMMA2 && layer % 2 == 1 ? 0 : lookBack;
  }

  boolean projectionBias() {
    return family == Family.QWEN2;
  }

  /** What norm weights are stored relative to. */
  double normBase() {
    return family == Family.GEMMA2 ? 1 : 0;
  }

  double scoreCap() {
    return caps == null ? 0 : caps.logits();
  }
}
