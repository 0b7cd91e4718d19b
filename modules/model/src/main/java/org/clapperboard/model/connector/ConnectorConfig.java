package org.clapperboard.model.connector;

import java.io.Serializable;
import java.util.List;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * The shape of a vision connector.
 *
 * @param type the reference's name for it ({@code mm_projector_type})
 * @param sampler how space and time are brought down
 * @param downsample kernel and stride over frames, rows and columns
 * @param padding zeros around every axis before the convolution
 * @param depth blocks in each RegNet stage; 0 leaves the stages out
 * @param readoutDepth linear layers after the sampler
 * @param inputWidth width of the vision features
 * @param width width of the language model
 */
public record ConnectorConfig(
    String type,
    Sampler sampler,
    Kernel downsample,
    int padding,
    int depth,
    int readoutDepth,
    int inputWidth,
    int width)
    implements Serializable {

  /** What brings space and time down. */
  public enum Sampler {
    /** A three-dimensional convolution whose stride is its kernel. */
    CONVOLUTION,
    /** Averages over cells. */
    POOLING,
    /** The mean over all frames; no stages, patches stay. */
    FRAME_MEAN
  }

  /**
   * Cell size.
   *
   * @param frames frames
   * @param rows rows of patches
   * @param columns columns of patches
   */
  public record Kernel(int frames, int rows, int columns) implements Serializable {
    long[] toArray() {
      return new long[] {frames, rows, columns};
    }
  }

  private static final List<String> TYPES =
      List.of(
          "stc_connector",
          "stc_connector_v35",
          "stp_connector",
          "spatial_conv",
          "spatial_pool",
          "mlp2x_gelu",
          "linear");

  public ConnectorConfig {
    try (Rules rules = new Rules()) {
      rules.atLeast("depth", depth, 0);
      if (depth == 0 && sampler != Sampler.FRAME_MEAN && inputWidth != width) {
        // Without stages nothing brings one width to the other (reference projector.py).
        rules
            .broken("type", type, "one with RegNet stages, since the encoder's width differs")
            .advice("Choose stc_connector_v35, or a language model of width " + inputWidth + ".");
      }
    }
  }

  /** Reads it from its section of a configuration file. */
  public static ConnectorConfig read(Section section, int inputWidth, int width) {
    return section.build(
        () -> named(section.oneOf("type", TYPES), section.integer("depth", 4), inputWidth, width));
  }

  /** Vectors that one clip of that many frames becomes. */
  public int tokens(int frames, int gridRows, int gridColumns) {
    if (sampler == Sampler.FRAME_MEAN) {
      return gridRows * gridColumns;
    }
    return cells(frames, downsample.frames())
        * cells(gridRows, downsample.rows())
        * cells(gridColumns, downsample.columns());
  }

  private int cells(int size, int kernel) {
    return (size + 2 * padding - kernel) / kernel + 1;
  }

  /**
   * The connector the reference calls by that name ({@code mm_projector_type}).
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ConnectorConfig named(String type, int depth, int inputWidth, int width) {
    Kernel cube = new Kernel(2, 2, 2);
    Kernel plane = new Kernel(1, 2, 2);
    return switch (type) {
      case "stc_connector" ->
          new ConnectorConfig(type, Sampler.CONVOLUTION, cube, 1, depth, 2, inputWidth, width);
      case "stc_connector_v35" ->
          new ConnectorConfig(type, Sampler.CONVOLUTION, cube, 0, depth, 2, inputWidth, width);
      case "stp_connector" ->
          new ConnectorConfig(type, Sampler.POOLING, cube, 0, depth, 2, inputWidth, width);
      case "spatial_conv" ->
          new ConnectorConfig(type, Sampler.CONVOLUTION, plane, 1, 0, 2, inputWidth, width);
      case "spatial_pool" ->
          new ConnectorConfig(type, Sampler.POOLING, plane, 0, 0, 2, inputWidth, width);
      case "linear" ->
          new ConnectorConfig(type, Sampler.FRAME_MEAN, plane, 0, 0, 1, inputWidth, width);
      default -> {
        if (!type.matches("mlp[1-9]x_gelu")) {
          throw new IllegalArgumentException("There is no connector named \"" + type + "\".");
        }
        int layers = type.charAt(3) - '0';
        yield new ConnectorConfig(type, Sampler.FRAME_MEAN, plane, 0, 0, layers, inputWidth, width);
      }
    };
  }
}
