package org.clapperboard.media;

/**
 * How a clip is written.
 *
 * @param video the codec of its pictures
 * @param framesPerSecond of its pictures
 * @param keyFrameInterval every so many frames decoding can begin
 * @param soundBitsPerSecond of its AAC sound, if it has one
 */
public record ClipFormat(
    VideoCodec video, int framesPerSecond, int keyFrameInterval, int soundBitsPerSecond) {

  /** Checks that all numbers are above zero. */
  public ClipFormat {
    if (framesPerSecond < 1 || keyFrameInterval < 1 || soundBitsPerSecond < 1) {
      throw new IllegalArgumentException(
          "a clip cannot have %d frames per second, a key frame every %d, %d bits of sound"
              .formatted(framesPerSecond, keyFrameInterval, soundBitsPerSecond));
    }
  }

  /** MPEG-4 of high quality, with a key frame every 12 frames and 32 kbit/s of sound. */
  public static ClipFormat mpeg4(int framesPerSecond) {
    return new ClipFormat(new Mpeg4(2), framesPerSecond, 12, 32_000);
  }

  /** The codec of a clip's pictures. */
  public sealed interface VideoCodec {}

  /**
   * MPEG-4 part 2: quick, and the quality holds for every frame.
   *
   * @param quantiser 1 (best) to 31
   */
  public record Mpeg4(int quantiser) implements VideoCodec {

    /** Checks the quantiser. */
    public Mpeg4 {
      if (quantiser < 1 || quantiser > 31) {
        throw new IllegalArgumentException("quantiser is " + quantiser + " (expected: 1 to 31)");
      }
    }
  }

  /**
   * H.264, baseline, by OpenH264.
   *
   * @param bitsPerSecond what the encoder aims at
   */
  public record H264(int bitsPerSecond) implements VideoCodec {

    /** Checks the rate. */
    public H264 {
      if (bitsPerSecond < 1) {
        throw new IllegalArgumentException(
            "bitsPerSecond is " + bitsPerSecond + " (expected: above zero)");
      }
    }
  }
}
