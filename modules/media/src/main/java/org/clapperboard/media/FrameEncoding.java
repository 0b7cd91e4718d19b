package org.clapperboard.media;

import java.io.Serializable;

/** How frames are stored. Serializable, since it travels inside job settings. */
public sealed interface FrameEncoding extends Serializable {

  /**
   * JPEG without chroma subsampling.
   *
   * @param quality 1 to 100 on libjpeg's scale
   */
  record Jpeg(int quality) implements FrameEncoding {

    /** Checks the quality. */
    public Jpeg {
      if (quality < 1 || quality > 100) {
        throw new IllegalArgumentException("quality is " + quality + " (expected: 1 to 100)");
      }
    }
  }

  /** PNG: exact, quick to write. */
  record Png() implements FrameEncoding {}

  /** Lossless WebP: exact, smaller than PNG, slower to write. */
  record Webp() implements FrameEncoding {}

  /** The bytes themselves behind a short header (binary PPM). */
  record Raw() implements FrameEncoding {}
}
