package org.clapperboard.media.pixels;

import java.io.Serializable;
import java.util.function.UnaryOperator;

/**
 * What happens to each decoded frame before the next one is decoded, so that frames of the original
 * size never pile up. Serialisable: a request may be carried out in another process, which knows
 * the classes of this module only.
 */
@FunctionalInterface
public interface FrameTransform extends UnaryOperator<RgbImage>, Serializable {

  /** Leaves frames as they are. */
  static FrameTransform none() {
    return Unchanged.INSTANCE;
  }

  /** Leaves frames as they are. */
  enum Unchanged implements FrameTransform {
    /** The only one. */
    INSTANCE;

    @Override
    public RgbImage apply(RgbImage image) {
      return image;
    }
  }
}
