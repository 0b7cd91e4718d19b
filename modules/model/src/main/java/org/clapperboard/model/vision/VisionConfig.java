package org.clapperboard.model.vision;

import java.io.Serializable;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

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
 * @param selectFeature which tokens of it are the feature
 */
public record VisionConfig(
    Family family,
    int imageSize,
    int patchSize,
    int width,
    int layers,
    int heads,
    int mlpWidth,
    int selectLayer,
    SelectFeature selectFeature)
    implements Serializable {

  /** The two architectures the reference knows. */
  public enum Family {
    /** OpenAI CLIP: class token, norm before the blocks, quick GELU. */
    CLIP,
    /** SigLIP: no class token, tanh GELU, a bias in the patch convolution. */
    SIGLIP
  }

  /** Which tokens are the feature, under the reference's names. */
  public enum SelectFeature {
    /** The patches, row by row. */
    PATCH,
    /** CLIP's class token and the patches; only for connectors that do not look at the grid. */
    CLS_PATCH
  }

  public VisionConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("patchSize", patchSize, 1);
      rules.atLeast("imageSize", imageSize, patchSize);
      rules.atLeast("layers", layers, 1);
      rules.atLeast("heads", heads, 1);
      rules.atLeast("mlpWidth", mlpWidth, 1);
      rules.between("selectLayer", selectLayer, -layers - 1, -1);
      if (family == Family.SIGLIP && selectFeature == SelectFeature.CLS_PATCH) {
        rules.broken("selectFeature", "cls-patch", "patch, since SigLIP has no class token");
      }
      if (heads < 1 || width < 1 || width % heads != 0) {
        rules.broken("width", width, "a multiple of heads = " + heads).dependsOn("heads");
      }
    }
  }

  /** Reads it from its section of a configuration file. */
  public static VisionConfig read(Section section) {
    return section.build(
        () ->
            new VisionConfig(
                section.oneOf("family", Family.class),
                section.integer("image-size"),
                section.integer("patch-size"),
                section.integer("width"),
                section.integer("layers"),
                section.integer("heads"),
                section.integer("mlp-width"),
                section.integer("select-layer", -2),
                section.oneOf("select-feature", SelectFeature.class, SelectFeature.PATCH)));
  }

  /** Patches along one side. */
  public int grid() {
    return imageSize / patchSize;
  }

  /** Whether the class token is one of the tokens of a hidden state: it stands before them. */
  public boolean hasClassToken() {
    return family == Family.CLIP;
  }

  /** Tokens of a hidden state. */
  public int tokens() {
    return grid() * grid() + (hasClassToken() ? 1 : 0);
  }

  /** Rows of the feature of a picture; with the class token it is no grid but one row. */
  public int rows() {
    return selectFeature == SelectFeature.CLS_PATCH ? 1 : grid();
  }

  /** Tokens in each row of the feature. */
  public int columns() {
    return selectFeature == SelectFeature.CLS_PATCH ? tokens() : grid();
  }

  /** Blocks that have to run for the feature. */
  public int layersRun() {
    return layers + 1 + selectLayer;
  }

  /** What norms add to the variance. */
  public double normEps() {
    return family == Family.CLIP ? 1e-5 : 1e-6;
  }

  /** The activation's name in the configuration of a Hugging Face checkpoint. */
  public String activation() {
    return family == Family.CLIP ? "quick_gelu" : "gelu_pytorch_tanh";
  }
}
