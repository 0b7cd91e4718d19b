package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.clapperboard.model.language.DecoderConfig;

/** Decoders whose generation is measured: Qwen2 of 1.1, 38 and 205 million parameters. */
enum GenerateSizes {
  /** Small enough for a test. */
  TINY(128, 4, 4, 2, 352, 1024, true),
  /** A layer fits a processor's cache. */
  SMALL(512, 8, 8, 2, 1408, 8192, false),
  /** Nothing does. */
  MEDIUM(1024, 12, 16, 4, 2816, 32000, false);

  private static final double NORM_EPS = 1e-6;
  private static final double ROPE_THETA = 1e6;

  private final int width;
  private final int layers;
  private final int heads;
  private final int kvHeads;
  private final int mlpWidth;
  private final int vocabulary;
  private final boolean tied;

  GenerateSizes(
      int width, int layers, int heads, int kvHeads, int mlpWidth, int vocabulary, boolean tied) {
    this.width = width;
    this.layers = layers;
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.mlpWidth = mlpWidth;
    this.vocabulary = vocabulary;
    this.tied = tied;
  }

  int vocabulary() {
    return vocabulary;
  }

  /** As the model takes it, with room for rows of so many positions. */
  DecoderConfig config(int context) {
    return new DecoderConfig(
        DecoderConfig.Family.QWEN2,
        vocabulary,
        width,
        layers,
        heads,
        kvHeads,
        width / heads,
        mlpWidth,
        NORM_EPS,
        ROPE_THETA,
        tied,
        context,
        0,
        null,
        null,
        DecoderConfig.EMBEDDING_START);
  }

  /** As the peer takes it. */
  ObjectNode json() {
    return new ObjectMapper()
        .createObjectNode()
        .put("width", width)
        .put("layers", layers)
        .put("heads", heads)
        .put("kv-heads", kvHeads)
        .put("mlp-width", mlpWidth)
        .put("vocabulary", vocabulary)
        .put("tied", tied)
        .put("rope-theta", ROPE_THETA);
  }
}
