package org.clapperboard.media;

import java.io.Serializable;
import java.time.Duration;

/**
 * What one file may cost. A file that would cost more is rejected, as early as it is known.
 *
 * @param maxBytes length of the file
 * @param maxPixels width x height of a decoded frame or picture, whatever the container says
 * @param maxPackets packets of the stream that is read
 * @param maxDuration of the video or sound
 * @param timeout wall-clock time of one call
 */
public record MediaLimits(
    long maxBytes, long maxPixels, int maxPackets, Duration maxDuration, Duration timeout)
    implements Serializable {

  /** 4 GiB, 64 megapixels, 2 million packets, 6 hours, 60 seconds. */
  public static final MediaLimits DEFAULT =
      new MediaLimits(4L << 30, 64_000_000, 2_000_000, Duration.ofHours(6), Duration.ofSeconds(60));

  /** Checks that every limit allows something. */
  public MediaLimits {
    require("maxBytes", maxBytes, maxBytes > 0, "above zero");
    // Three bytes a pixel must fit into one array.
    int mostPixels = Integer.MAX_VALUE / 4;
    require("maxPixels", maxPixels, maxPixels > 0 && maxPixels <= mostPixels, "1 to " + mostPixels);
    require("maxPackets", maxPackets, maxPackets > 0, "above zero");
    require("maxDuration", maxDuration, isPositive(maxDuration), "above zero");
    require("timeout", timeout, isPositive(timeout), "above zero");
  }

  /**
   * What native decoders are allowed, who refuse larger frames without saying why. Frames of usual
   * cameras get through, so that those above the limit are rejected for what they are.
   */
  long maxPixelsOfDecoder() {
    return Math.max(maxPixels, 16_000_000);
  }

  /** The same with another limit on the length of a file. */
  public MediaLimits withMaxBytes(long bytes) {
    return new MediaLimits(bytes, maxPixels, maxPackets, maxDuration, timeout);
  }

  /** The same with another limit on the size of a frame. */
  public MediaLimits withMaxPixels(long pixels) {
    return new MediaLimits(maxBytes, pixels, maxPackets, maxDuration, timeout);
  }

  /** The same with another limit on packets. */
  public MediaLimits withMaxPackets(int packets) {
    return new MediaLimits(maxBytes, maxPixels, packets, maxDuration, timeout);
  }

  /** The same with another limit on the duration. */
  public MediaLimits withMaxDuration(Duration duration) {
    return new MediaLimits(maxBytes, maxPixels, maxPackets, duration, timeout);
  }

  /** The same with another time limit. */
  public MediaLimits withTimeout(Duration time) {
    return new MediaLimits(maxBytes, maxPixels, maxPackets, maxDuration, time);
  }

  private static boolean isPositive(Duration duration) {
    return !duration.isZero() && !duration.isNegative();
  }

  private static void require(String name, Object value, boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is " + value + " (expected: " + rule + ")");
    }
  }
}
