package org.clapperboard.bench;

import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.clapperboard.model.weights.Dtype;
import org.clapperboard.model.weights.ParameterSpec;
import org.clapperboard.model.weights.TensorSource;

/**
 * Weights that another program can make as well: a number is a function of its tensor's name and
 * its place there, in integers of 32 bits. Matrices are uniform with a deviation of 0.02,
 * convolutions with one of 1 to the root of an output's inputs, norms are 1 and biases 0.
 */
final class HashedWeights implements TensorSource {
  private static final double DEVIATION = 0.02;

  /** The names of this hash alone, from those of released checkpoints: what is replaced in turn. */
  private static final Map<String, String> SHORT = new LinkedHashMap<>();

  static {
    SHORT.put("^model\\.vision_tower\\.vision_tower\\.vision_model\\.", "vision.");
    SHORT.put("embeddings\\.(class)_embedding", "$1_embedding");
    SHORT.put("embeddings\\.patch_embedding", "patch");
    SHORT.put("embeddings\\.position_embedding\\.weight", "position");
    SHORT.put("encoder\\.layers", "blocks");
    SHORT.put("out_proj", "o_proj");
    SHORT.put("^model\\.mm_projector\\.", "connector.");
    SHORT.put("sampler\\.0", "sampler");
    SHORT.put("se\\.fc", "se");
    SHORT.put("downsample\\.conv", "down.0");
    SHORT.put("(conv[123])\\.conv", "$1");
    SHORT.put("^model\\.", "");
    SHORT.put("^embed_tokens", "embed");
    SHORT.put("^lm_head", "head");
    SHORT.put("(self_attn|mlp)\\.", "");
    SHORT.put("_proj\\.", ".");
  }

  private static final Pattern BLOCK = Pattern.compile("(connector\\.s[12]\\.)b(\\d+)\\.");

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

  /** Such as "layers.0.q.weight" and "connector.s1.0.conv1.weight", which counts blocks from 0. */
  static String shortName(String name) {
    String made = name;
    for (Map.Entry<String, String> part : SHORT.entrySet()) {
      made = made.replaceFirst(part.getKey(), part.getValue());
    }
    return BLOCK
        .matcher(made)
        .replaceFirst(found -> found.group(1) + (Integer.parseInt(found.group(2)) - 1) + ".");
  }

  private static boolean isHashed(ParameterSpec spec) {
    return spec.shape().dimension() > 1 || spec.name().endsWith("class_embedding");
  }

  private static double bound(ParameterSpec spec) {
    Shape shape = spec.shape();
    boolean filters = shape.dimension() >= 4;
    double deviation = filters ? Math.sqrt((double) shape.get(0) / shape.size()) : DEVIATION;
    return deviation * Math.sqrt(3);
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
    ParameterSpec spec = specs.get(name);
    int start = start(shortName(name));
    double bound = bound(spec);
    float fixed = name.endsWith("weight") ? 1 : 0;
    for (int place = Math.toIntExact(first); target.hasRemaining(); place++) {
      target.put(isHashed(spec) ? (float) (noise(start, place) * bound) : fixed);
    }
  }
}
