package org.clapperboard.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.clapperboard.model.Example;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.vision.VisionConfig;

/** Models whose training steps are measured, of 1.6, 44 and 270 million parameters. */
enum StepSizes {
  /** Small enough for a test. */
  TINY(GenerateSizes.TINY, 64, 3, 2, 256, 56, 4, 48, 4),
  /** A layer fits a processor's cache. */
  SMALL(GenerateSizes.SMALL, 256, 6, 4, 1024, 112, 8, 128, 4),
  /** Nothing does. */
  MEDIUM(GenerateSizes.MEDIUM, 512, 12, 8, 2048, 224, 8, 256, 1);

  private static final int PATCH = 14;
  private static final String CONNECTOR = "stc_connector_v35";

  private final GenerateSizes decoder;
  private final int seenWidth;
  private final int seenLayers;
  private final int seenHeads;
  private final int seenMlpWidth;
  private final int imageSize;
  private final int frames;
  private final int text;
  private final int rows;

  StepSizes(
      GenerateSizes decoder,
      int seenWidth,
      int seenLayers,
      int seenHeads,
      int seenMlpWidth,
      int imageSize,
      int frames,
      int text,
      int rows) {
    this.decoder = decoder;
    this.seenWidth = seenWidth;
    this.seenLayers = seenLayers;
    this.seenHeads = seenHeads;
    this.seenMlpWidth = seenMlpWidth;
    this.imageSize = imageSize;
    this.frames = frames;
    this.text = text;
    this.rows = rows;
  }

  /** Its name in tables and options. */
  String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Samples of a step. */
  int rows() {
    return rows;
  }

  /** Frames of a clip. */
  int frames() {
    return frames;
  }

  /** Positions of text that predict something or stand before those that do. */
  int text() {
    return text;
  }

  /** Positions of text whose next token is learned. */
  int labels() {
    return text - text / 2;
  }

  /** Positions of a clip in the decoder. */
  int clipPositions() {
    return config().sight().tokens(frames);
  }

  /** The model. */
  ModelConfig config() {
    VisionConfig encoder =
        new VisionConfig(
            VisionConfig.Family.CLIP,
            imageSize,
            PATCH,
            seenWidth,
            seenLayers,
            seenHeads,
            seenMlpWidth,
            -2,
            VisionConfig.SelectFeature.PATCH);
    int width = decoder.config(1).width();
    ConnectorConfig connector = ConnectorConfig.named(CONNECTOR, seenWidth, width);
    return new ModelConfig(
        new ModelConfig.Sight(encoder, connector), null, decoder.config(1 << 12));
  }

  /** The samples of every step: a clip, and text whose second half is learned. */
  List<Example> batch() {
    int each = frames * 3 * imageSize * imageSize;
    int pixels = HashedWeights.start("frames");
    int ids = HashedWeights.start("ids");
    List<Example> batch = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      float[] clip = new float[each];
      for (int i = 0; i < each; i++) {
        clip[i] = (float) HashedWeights.noise(pixels, row * each + i);
      }
      int[] tokens = new int[text + 2];
      int[] labels = new int[text + 2];
      Arrays.fill(labels, Example.IGNORED);
      tokens[0] = Example.VIDEO;
      for (int i = 0; i <= text; i++) {
        double share = HashedWeights.noise(ids, row * (text + 1) + i) * 0.5 + 0.5;
        tokens[i + 1] = (int) (share * decoder.vocabulary());
        labels[i + 1] = i > text / 2 ? tokens[i + 1] : Example.IGNORED;
      }
      Example.Clip shown = new Example.Clip(FloatBuffer.wrap(clip), frames);
      batch.add(new Example(tokens, labels, List.of(new Example.Media(shown, null))));
    }
    return batch;
  }

  /** As the peer takes it. */
  ObjectNode json() {
    return decoder
        .json()
        .put("patch", PATCH)
        .put("v-width", seenWidth)
        .put("v-layers", seenLayers)
        .put("v-heads", seenHeads)
        .put("v-mlp-width", seenMlpWidth)
        .put("image", imageSize)
        .put("frames", frames)
        .put("text", text)
        .put("rows", rows);
  }
}
