package org.clapperboard.bench;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;

/**
 * Weights of a language model that another program can make as well: a number is a function of its
 * tensor's name and its place there, in integers of 32 bits. Matrices are uniform with a deviation
 * of 0.02, norms are 1 and biases 0.
 */
final class HashedWeights implements TensorSource {
  private static final double BOUND = 0.02 * Math.sqrt(3);

  private final Map<String, ParameterSpec> specs = new LinkedHashMap<>();

  /** Weights for parameters under their Hugging Face names. */
  HashedWeights(List<ParameterSpec> specs) {
    specs.forEach(spec -> this.specs.put(spec.name(), spec));
  }

  /** Where the stream of numbers of a name begins. */
  static int start(String name) {
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    return (int) crc.getValue();
  }

  /** The number at a place of a stream, from -1 to 1. */
  static double noise(int start, int place) {
    int z = place * 0x9E3779B1 + start;
    z = (z ^ (z >>> 16)) * 0x21F0AAAD;
    z = (z ^ (z >>> 15)) * 0x735A2D97;
    z ^= z >>> 15;
    return Integer.toUnsignedLong(z) * 0x1p-31 - 1;
  }

  /** "layers.0.q.weight" of "model.layers.0.self_attn.q_proj.weight": names of this hash alone. */
  private static String shortName(String name) {
    return name.replaceFirst("^model\\.", "")
        .replaceFirst("^embed_tokens\\.", "embed.")
        .replaceFirst("^lm_head\\.", "head.")
        .replaceFirst("(self_attn|mlp)\\.", "")
        .replace("_proj.", ".");
  }

  @Override
  public String origin() {
    return "hashes of names";
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(specs.keySet());
  }

  @Override
  public Shape shape(String name) {
    return specs.get(name).shape();
  }

  @Override
  public Dtype dtype(String name) {
    return Dtype.F32;
  }

  @Override
  public void read(String name, long first, FloatBuffer target) {
    ParameterSpec.Start rule = specs.get(name).start();
    int start = start(shortName(name));
    for (int place = Math.toIntExact(first); target.hasRemaining(); place++) {
      target.put(
          (float)
              (rule.rule() == ParameterSpec.Rule.CONSTANT
                  ? rule.number()
                  : noise(start, place) * BOUND));
    }
  }
}
