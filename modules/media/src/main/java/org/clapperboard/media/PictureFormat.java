package org.clapperboard.media;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.global.avcodec;

/** The formats of still pictures, told by their first bytes. */
enum PictureFormat {
  JPEG("jpeg"),
  PNG("png"),
  WEBP("webp"),
  BMP("bmp"),
  TIFF("tiff"),
  GIF("gif");

  private static final int WEBP_LOSSY = 0x56503820;
  private static final int WEBP_LOSSLESS = 0x5650384C;
  private static final int WEBP_EXTENDED = 0x56503858;

  private final String codecName;

  PictureFormat(String codecName) {
    this.codecName = codecName;
  }

  String codecName() {
    return codecName;
  }

  int codecId() {
    return switch (this) {
      case JPEG -> avcodec.AV_CODEC_ID_MJPEG;
      case PNG -> avcodec.AV_CODEC_ID_PNG;
      case WEBP -> avcodec.AV_CODEC_ID_WEBP;
      case BMP -> avcodec.AV_CODEC_ID_BMP;
      case TIFF -> avcodec.AV_CODEC_ID_TIFF;
      case GIF -> avcodec.AV_CODEC_ID_GIF;
    };
  }

  /** The format, or null for none of them. */
  static PictureFormat of(byte[] bytes) {
    if (bytes.length < 16) {
      return null;
    }
    ByteBuffer start = ByteBuffer.wrap(bytes);
    int tag = start.getInt(0);
    if (tag >>> 8 == 0xFFD8FF) {
      return JPEG;
    }
    if (start.getLong(0) == 0x89504E470D0A1A0AL) {
      return PNG;
    }
    if (tag == 0x52494646 && start.getInt(8) == 0x57454250) {
      return WEBP;
    }
    if (tag == 0x47494638) {
      return GIF;
    }
    if (tag == 0x49492A00 || tag == 0x4D4D002A) {
      return TIFF;
    }
    return tag >>> 16 == 0x424D ? BMP : null;
  }

  /**
   * Rejects a picture whose header declares too many pixels, before anything is allocated. TIFF,
   * whose header lies anywhere, is left to the decoder's own limit.
   */
  void checkPixels(byte[] bytes, Attempt attempt) {
    ByteBuffer big = ByteBuffer.wrap(bytes);
    ByteBuffer little = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (this == PNG && bytes.length >= 24) {
      attempt.checkPixels(big.getInt(16) & 0xffffffffL, big.getInt(20) & 0xffffffffL);
    } else if (this == GIF) {
      attempt.checkPixels(little.getShort(6) & 0xffff, little.getShort(8) & 0xffff);
    } else if (this == BMP && bytes.length >= 26) {
      attempt.checkPixels(Math.abs((long) little.getInt(18)), Math.abs((long) little.getInt(22)));
    } else if (this == WEBP && bytes.length >= 30) {
      checkWebp(big.getInt(12), little, attempt);
    }
  }

  /** FFmpeg has no decoder for the frames of these. */
  boolean isAnimatedWebp(byte[] bytes) {
    return this == WEBP
        && bytes.length > 20
        && ByteBuffer.wrap(bytes).getInt(12) == WEBP_EXTENDED
        && (bytes[20] & 0x02) != 0;
  }

  private static void checkWebp(int chunk, ByteBuffer little, Attempt attempt) {
    switch (chunk) {
      case WEBP_LOSSY -> // 14 bits each in the frame header
          attempt.checkPixels(little.getShort(26) & 0x3fff, little.getShort(28) & 0x3fff);
      case WEBP_LOSSLESS -> { // 14 bits each, minus one, behind the signature byte
        int bits = little.getInt(21);
        attempt.checkPixels((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1);
      }
      case WEBP_EXTENDED -> // 24 bits each, minus one
          attempt.checkPixels(
              (little.getInt(24) & 0xffffff) + 1, (little.getInt(26) >>> 8 & 0xffffff) + 1);
      default -> {}
    }
  }
}
