package org.clapperboard.model.connector;

/**
 * The shape of a vision connector.
 *
 * @param sampler how space and time are brought down
 * @param downsample kernel and stride over frames, rows and columns
 * @param padding zeros around every axis before the convolution
 * @param depth blocks in each RegNet stage; 0 leaves the stages out
 * @param readoutDepth linear layers after the sampler
 * @param inputWidth width of the vision features
 * @param width width of the language model
 */
public record ConnectorConfig(
    Sampler sampler,
    Kernel downsample,
    int padding,
    int depth,
    int readoutDepth,
    int inputWidth,
    int width) {

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
  public record Kernel(int frames, int rows, int columns) {
    long[] toArray() {
      return new long[] {frames, rows, columns};
    }
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
          new ConnectorConfig(Sampler.CONVOLUTION, cube, 1, depth, 2, inputWidth, width);
      case "stc_connector_v35" ->
          new ConnectorConfig(Sampler.CONVOLUTION, cube, 0, depth, 2, inputWidth, width);
      case "stp_connector" ->
          new ConnectorConfig(Sampler.POOLING, cube, 0, depth, 2, inputWidth, width);
      case "spatial_conv" ->
          new ConnectorConfig(Sampler.CONVOLUTION, plane, 1, 0, 2, inputWidth, width);
      case "spatial_pool" ->
          new ConnectorConfig(Sampler.POOLING, plane, 0, 0, 2, inputWidth, width);
      case "linear" ->
          new ConnectorConfig(Sampler.FRAME_MEAN, plane, 0, 0, 1, inputWidth, width);
      default -> {
        if (!type.matches("mlp[1-9]x_gelu")) {
          throw new IllegalArgumentException("There is no connector named \"" + type + "\".");
        }
        int layers = type.charAt(3) - '0';
        yield new ConnectorConfig(Sampler.FRAME_MEAN, plane, 0, 0, layers, inputWidth, width);
      }
    };
  }
}
