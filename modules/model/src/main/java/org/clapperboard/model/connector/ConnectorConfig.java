package org.clapperboard.model.connector;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.clapperboard.config.Rules;
import org.clapperboard.config.Section;

/**
 * The shape of a vision connector.
 *
 * <p>The reference knows connectors by name only. A name here sets the shape that the reference
 * gives it, and the rest may be set beside it: {@code stp_connector} with a downsample of [8, 1, 1]
 * and a depth of 0 is the "3D pool" row of the paper's table 1.
 *
 * @param type the reference's name for it ({@code mm_projector_type})
 * @param downsample kernel and stride over frames, rows and columns; ones for a frame mean
 * @param padding zeros around every axis before a convolution
 * @param depth blocks in each RegNet stage; 0 leaves the stages out
 * @param readoutDepth linear layers after the sampler
 * @param inputWidth width of the vision features
 * @param width width of the language model
 */
public record ConnectorConfig(
    String type,
    List<Integer> downsample,
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

  private static final List<String> CONVOLUTIONS =
      List.of("stc_connector", "stc_connector_v35", "spatial_conv");
  private static final List<String> POOLINGS = List.of("stp_connector", "spatial_pool");
  private static final List<String> CHOICES =
      List.of(
          "stc_connector",
          "stc_connector_v35",
          "stp_connector",
          "spatial_conv",
          "spatial_pool",
          "mlp2x_gelu",
          "linear");

  public ConnectorConfig {
    downsample = List.copyOf(downsample);
    try (Rules rules = new Rules()) {
      boolean mean = sampler(type) == Sampler.FRAME_MEAN;
      if (downsample.size() != 3 || downsample.stream().anyMatch(n -> n < 1)) {
        rules.broken("downsample", downsample, "whole numbers from 1 for frames, rows and columns");
      } else if (mean && !downsample.equals(List.of(1, 1, 1))) {
        rules.broken("downsample", downsample, "[1, 1, 1], since " + type + " keeps every patch");
      }
      rules.atLeast("padding", padding, 0);
      if (padding > 0 && sampler(type) != Sampler.CONVOLUTION) {
        rules.broken("padding", padding, "0, since " + type + " has no convolution");
      }
      rules.atLeast("depth", depth, 0);
      if (depth > 0 && mean) {
        rules.broken("depth", depth, "0, since " + type + " has no stages");
      }
      rules.atLeast("readoutDepth", readoutDepth, 1);
      if (mean && readoutDepth != LinearLayers.depth(type)) {
        rules.broken("readoutDepth", readoutDepth, LinearLayers.depth(type) + ", as the type says");
      }
      rules.atLeast("inputWidth", inputWidth, 1);
      rules.atLeast("width", width, 1);
    }
  }

  /** Reads it from its section of a configuration file. */
  public static ConnectorConfig read(Section section, int inputWidth, int width) {
    return section.build(
        () -> {
          String type = section.string("type", "");
          boolean layers = LinearLayers.known(type);
          ConnectorConfig preset =
              named(layers ? type : section.oneOf("type", CHOICES), inputWidth, width);
          return preset.with(
              section.integers("downsample", preset.downsample),
              section.integer("padding", preset.padding),
              section.integer("depth", preset.depth),
              section.integer("readout-depth", preset.readoutDepth));
        });
  }

  /**
   * The connector the reference calls by that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ConnectorConfig named(String type, int inputWidth, int width) {
    List<Integer> cube = List.of(2, 2, 2);
    List<Integer> plane = List.of(1, 2, 2);
    return switch (type) {
      case "stc_connector" -> new ConnectorConfig(type, cube, 1, 4, 2, inputWidth, width);
      case "stc_connector_v35", "stp_connector" ->
          new ConnectorConfig(type, cube, 0, 4, 2, inputWidth, width);
      case "spatial_conv" -> new ConnectorConfig(type, plane, 1, 0, 2, inputWidth, width);
      case "spatial_pool" -> new ConnectorConfig(type, plane, 0, 0, 2, inputWidth, width);
      default -> {
        if (!LinearLayers.known(type)) {
          throw new IllegalArgumentException("There is no connector named \"" + type + "\".");
        }
        int layers = LinearLayers.depth(type);
        yield new ConnectorConfig(type, List.of(1, 1, 1), 0, 0, layers, inputWidth, width);
      }
    };
  }

  /** The same connector with another sampler, stages and readout. */
  public ConnectorConfig with(List<Integer> downsample, int padding, int depth, int readoutDepth) {
    return new ConnectorConfig(type, downsample, padding, depth, readoutDepth, inputWidth, width);
  }

  /** What brings space and time down. */
  public Sampler sampler() {
    return sampler(type);
  }

  private static Sampler sampler(String type) {
    if (CONVOLUTIONS.contains(type)) {
      return Sampler.CONVOLUTION;
    }
    return POOLINGS.contains(type) ? Sampler.POOLING : Sampler.FRAME_MEAN;
  }

  /** Vectors that one clip of that many frames becomes; 0 if it does not fill a single cell. */
  public int tokens(int frames, int rows, int columns) {
    if (sampler() == Sampler.FRAME_MEAN) {
      return rows * columns;
    }
    return cells(0, frames) * cells(1, rows) * cells(2, columns);
  }

  private int cells(int axis, int size) {
    return (size + 2 * padding) / downsample.get(axis);
  }

  /** Width of what enters the sampler: stages, where there are any, change it before. */
  int sampledWidth() {
    return depth == 0 ? inputWidth : width;
  }

  /** Width of what enters the readout: a convolution changes it, a mean does not. */
  int readWidth() {
    return sampler() == Sampler.CONVOLUTION ? width : sampledWidth();
  }

  /** Cell size over frames, rows and columns. */
  long[] kernel() {
    return IntStream.range(0, 3).mapToLong(downsample::get).toArray();
  }
}
