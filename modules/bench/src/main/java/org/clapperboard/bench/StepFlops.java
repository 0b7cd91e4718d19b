package org.clapperboard.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.clapperboard.model.ModelConfig;
import org.clapperboard.model.connector.ConnectorConfig;
import org.clapperboard.model.language.DecoderConfig;
import org.clapperboard.model.vision.VisionConfig;

/**
 * Floating-point operations that a step needs, matrix products and convolutions only: 2 for a
 * weight at a position on the way forward, 4 where gradients go through it, 6 where it learns.
 * Attention is 4 S² D of a layer, thrice that with gradients, its mask not subtracted. The head
 * counts where something is predicted. Computing again counts nothing, and the last layer counts at
 * all positions: leaving some of them out is speed, as it would be for the peer.
 *
 * @param encoder of the vision encoder
 * @param connector of the connector, whose input needs no gradient
 * @param layers of the decoder's layers without attention
 * @param head of the head
 * @param attention of encoder and decoder
 * @param layersAttention of the decoder alone
 */
record StepFlops(
    double encoder,
    double connector,
    double layers,
    double head,
    double attention,
    double layersAttention) {
  private static final int FORWARD = 2;
  private static final int THROUGH = 4;
  private static final int LEARNING = 6;

  /** Weights of a depthwise convolution for each channel. */
  private static final int DEPTHWISE = 9;

  /** Weights of the patch convolution for each channel of a patch's pixels. */
  private static final int COLOURS = 3;

  /** Of a step in which the decoder learns, or only lets gradients through. */
  static StepFlops of(StepSizes size, StepCase.Stage stage) {
    ModelConfig config = size.config();
    VisionConfig eyes = config.sight().encoder();
    DecoderConfig decoder = config.language();
    double width = decoder.width();
    double seen = eyes.width();
    double pictures = (double) size.rows() * size.frames();
    double patches = pictures * eyes.grid() * eyes.grid();
    double tokens = pictures * eyes.tokens();
    double patch = (double) COLOURS * eyes.patchSize() * eyes.patchSize() * seen;
    double block = 4 * seen * seen + 2 * seen * eyes.mlpWidth();
    double encoder = FORWARD * (patches * patch + tokens * eyes.layersRun() * block);
    double encoderAttention = 4 * tokens * eyes.tokens() * eyes.layersRun() * seen;
    double positions = (double) size.rows() * (size.clipPositions() + size.text());
    double keys = (double) decoder.kvHeads() * decoder.headWidth();
    double layer = 2 * width * width + 2 * width * keys + 3 * width * decoder.mlpWidth();
    int weight = stage == StepCase.Stage.CONNECTOR ? THROUGH : LEARNING;
    double length = (double) size.clipPositions() + size.text();
    double layersAttention = 3 * 4 * positions * length * decoder.layers() * width;
    double predicted = (double) size.rows() * size.labels();
    return new StepFlops(
        encoder,
        connector(size, config.sight().connector(), pictures, patches),
        weight * positions * decoder.layers() * layer,
        weight * predicted * width * decoder.vocabulary(),
        encoderAttention + layersAttention,
        layersAttention);
  }

  private static double connector(
      StepSizes size, ConnectorConfig config, double pictures, double patches) {
    double width = config.width();
    double in = config.inputWidth();
    double vectors = (double) size.rows() * size.clipPositions();
    double sampled = pictures / config.downsample().get(0);
    double sum = block(in, width, patches, pictures);
    // Nobody asks for the slope of what goes in; where widths differ there is a shortcut too.
    sum -= FORWARD * patches * in * width;
    sum += in == width ? 0 : (LEARNING - FORWARD) * patches * in * width;
    sum += (config.depth() - 1) * block(width, width, patches, pictures);
    sum += config.depth() * block(width, width, vectors, sampled);
    double cell =
        config.downsample().stream().mapToInt(Integer::intValue).reduce(1, (a, b) -> a * b);
    return sum + LEARNING * vectors * (cell + config.readoutDepth()) * width * width;
  }

  private static double block(double in, double width, double positions, double pictures) {
    double squeezed = Math.rint(in / 4);
    return LEARNING
        * (positions * (in * width + DEPTHWISE * width + width * width)
            + pictures * 2 * squeezed * width);
  }

  double total() {
    return encoder + connector + layers + head + attention;
  }

  /** Of the decoder's layers, attention included. */
  double decoder() {
    return layers + layersAttention;
  }

  /** In 10^9. */
  ObjectNode json() {
    return new ObjectMapper()
        .createObjectNode()
        .put("encoder", encoder / 1e9)
        .put("connector", connector / 1e9)
        .put("layers", layers / 1e9)
        .put("head", head / 1e9)
        .put("attention", attention / 1e9)
        .put("total", total() / 1e9);
  }
}
