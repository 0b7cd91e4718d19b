package org.clapperboard.media;

import org.clapperboard.media.pixels.RgbImage;

/**
 * Still pictures: JPEG, PNG, WebP, BMP, TIFF, and the first frame of a GIF.
 *
 * <p>The format is told by the content. Transparency is dropped and 16-bit values keep their upper
 * half, as {@code PIL.Image.convert("RGB")} does; 16-bit grey, which PIL clips to white, keeps its
 * upper half too. A picture that is not whole is rejected.
 */
public final class Pictures {

  private static final int SNIFFED_BYTES = 16;

  /** What becomes of the turn that a camera wrote into a JPEG. */
  public enum Orientation {
    /** Pixels as stored; what the reference does. */
    AS_STORED,
    /** Turned and mirrored as the camera asks. */
    UPRIGHT
  }

  private Pictures() {}

  /** Reads a picture as it is stored. */
  public static Decoded<RgbImage> read(MediaSource source, MediaLimits limits) {
    return read(source, Orientation.AS_STORED, limits);
  }

  /** Reads a picture. */
  public static Decoded<RgbImage> read(
      MediaSource source, Orientation orientation, MediaLimits limits) {
    return Attempt.run(source, limits, attempt -> read(attempt, orientation));
  }

  private static RgbImage read(Attempt attempt, Orientation orientation) {
    PictureFormat format = PictureFormat.of(bytes(attempt, SNIFFED_BYTES));
    if (format == null) {
      throw new MediaRejection(Reason.NOT_MEDIA, "its bytes are of no known picture format");
    }
    attempt.codec = format.codecName();
    byte[] bytes = bytes(attempt, Long.MAX_VALUE);
    RgbImage image =
        switch (format) {
          case JPEG -> JpegPicture.read(bytes, attempt, orientation);
          case PNG, WEBP, BMP, TIFF, GIF -> NativePicture.read(bytes, format, attempt);
        };
    attempt.strategy = DecodeStats.Strategy.THROUGH;
    attempt.packets = 1;
    attempt.framesWanted = 1;
    attempt.framesHit = 1;
    attempt.totalFrames = 1;
    return image;
  }

  /** The first bytes of the file, all if it has no more. */
  private static byte[] bytes(Attempt attempt, long atMost) {
    long size = Math.min(attempt.checkedSize(), atMost);
    // No picture within the limit on pixels needs more: 16 bits for each of four channels.
    long enough = 8 * attempt.limits.maxPixels() + (1 << 20);
    if (size > Math.min(enough, Integer.MAX_VALUE - 64)) {
      throw new MediaRejection(Reason.TOO_MANY_BYTES, "%,d bytes for a picture".formatted(size));
    }
    byte[] bytes = new byte[(int) size];
    int filled = 0;
    while (filled < bytes.length) {
      attempt.checkTime();
      int count = attempt.source.read(filled, bytes, filled, bytes.length - filled);
      if (count <= 0) {
        throw new MediaRejection(Reason.UNREADABLE, "it ends after " + filled + " bytes");
      }
      filled += count;
    }
    return bytes;
  }
}
