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
 * @param mlpWidth hidden size of the gated feed-forward layers
 * @param normEps epsilon of the root-mean-square norms
 * @param ropeTheta base of the rotary frequencies
 * @param tied whether the head shares the embedding table
 * @param context longest row in positions
 * @param embeddingStart standard deviation of embeddings that start fresh
 */
public record DecoderConfig(
    Family family,
    int vocabulary,
    int width,
    int layers,
    int heads,
    int kvHeads,
    int mlpWidth,
    double normEps,
    double ropeTheta,
    boolean tied,
    int context,
    double embeddingStart)
    implements Serializable {

  /** The usual standard deviation of fresh embeddings (Hugging Face's initializer_range). */
  public static final double EMBEDDING_START = 0.02;

  /** Architectures that differ only in details of the Llama layer. */
  public enum Family {
    /** Meta's Llama. */
    LLAMA,
    /** Mistral without its sliding window. */
    MISTRAL,
    /** Qwen2: queries, keys and values have biases. */
    QWEN2
  }

  public DecoderConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("vocabulary", vocabulary, 1);
      rules.atLeast("layers", layers, 0);
      rules.atLeast("kvHeads", kvHeads, 1);
      rules.atLeast("mlpWidth", mlpWidth, 1);
      rules.positive("normEps", normEps);
      rules.positive("ropeTheta", ropeTheta);
      rules.atLeast("context", context, 1);
      rules.positive("embeddingStart", embeddingStart);
      if (heads < 1 || heads % Math.max(1, kvHeads) != 0) {
        rules.broken("heads", heads, "a multiple of kv-heads = " + kvHeads).dependsOn("kvHeads");
      }
      if (width < 1 || width % (2 * Math.max(1, heads)) != 0) {
        rules.broken("width", width, "a multiple of 2 × heads = " + 2 * heads).dependsOn("heads");
      }
    }
  }

  /** Reads it from its section of a configuration file. */
  public static DecoderConfig read(Section section) {
    return section.build(
        () ->
            new DecoderConfig(
                section.oneOf("family", Family.class),
                section.integer("vocabulary"),
                section.integer("width"),
                section.integer("layers"),
                section.integer("heads"),
                section.integer("kv-heads"),
                section.integer("mlp-width"),
                section.number("norm-eps", 1e-6),
                section.number("rope-theta"),
                section.flag("tied", false),
                section.integer("context", 32768),
                section.number("embedding-start", EMBEDDING_START)));
  }

  /** Width of one head. */
  public int headWidth() {
    return width / heads;
  }

  boolean projectionBias() {
    return family == Family.QWEN2;
  }
}
