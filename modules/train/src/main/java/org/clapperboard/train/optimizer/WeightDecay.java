package org.clapperboard.train.optimizer;

import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.clapperboard.model.language.DecoderConfig.Family;

/**
 * Which parameters decay: all but biases and layer norms.
 *
 * <p>As in the reference's create_optimizer with the versions it pins, which know torch's LayerNorm
 * and Llama's root-mean-square norm: those of other language models do decay.
 */
public final class WeightDecay {
  private static final Pattern LAYER_NORM =
      Pattern.compile(
          "(.*\\.)?(bn|layer_norm\\d?|pre_layrnorm|post_layernorm|layernorm"
              + "|self_attn_layer_norm|final_layer_norm)\\.weight");
  private static final Pattern ROOT_MEAN_SQUARE =
      Pattern.compile(
          "model\\.(norm|layers\\.\\d+\\.(input_layernorm|post_attention_layernorm))\\.weight");

  private WeightDecay() {}

  /** Tells by its name whether a parameter decays, beside a language model of that family. */
  public static Predicate<String> of(Family family) {
    return name ->
        !name.contains("bias")
            && !LAYER_NORM.matcher(name).matches()
            && !(family == Family.LLAMA && ROOT_MEAN_SQUARE.matcher(name).matches());
  }
}
