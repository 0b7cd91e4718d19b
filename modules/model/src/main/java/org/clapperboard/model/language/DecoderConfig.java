package org.clapperboard.model.language;

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
    int context) {

  /** Architectures that differ only in details of the Llama layer. */
  public enum Family {
    /** Meta's Llama. */
    LLAMA,
    /** Mistral without its sliding window. */
    MISTRAL,
    /** Qwen2: queries, keys and values have biases. */
    QWEN2
  }

  /** Width of one head. */
  public int headWidth() {
    return width / heads;
  }

  boolean projectionBias() {
    return family == Family.QWEN2;
  }
}
