package org.clapperboard.model.vision;

/**
 * The shape of a vision encoder.
 *
 * @param family CLIP or SigLIP
 * @param imageSize side of the square input in pixels
 * @param patchSize side of a patch in pixels
 * @param width hidden size
 * @param layers number of transformer blocks
 * @param heads attention heads
 * @param mlpWidth hidden size of the feed-forward layers
 * @param selectLayer which hidden state is the feature, counted from the end: -2 leaves the last
 *     block out, -1 does not
 */
public record VisionConfig(
    Family family,
    int imageSize,
    int patchSize,
    int width,
    int layers,
    int heads,
    int mlpWidth,
    int selectLayer) {

  /** The two architectures the reference knows. */
  public enum Family {
    /** OpenAI CLIP: class token, norm before the blocks, quick GELU. */
    CLIP,
    /** SigLIP: no class token, tanh GELU, a bias in the patch convolution. */
    SIGLIP
  }

  /** Patches along one side. */
  public int grid() {
    return imageSize / patchSize;
  }

  /** Patches of a picture. */
  public int patches() {
    return grid() * grid();
  }

  /** Blocks that have to run for the feature. */
  public int layersRun() {
    return layers + 1 + selectLayer;
  }

  double normEps() {
    return family == Family.CLIP ? 1e-5 : 1e-6;
  }
}
