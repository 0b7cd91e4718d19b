package org.clapperboard.media;

import java.util.Arrays;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacketSideData;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.IntPointer;
import org.clapperboard.media.pixels.RgbImage;

/** The clockwise turn with which a video wants to be shown. */
enum Turn {
  NONE(0),
  RIGHT(90),
  HALF(180),
  LEFT(270);

  private final int degrees;

  Turn(int degrees) {
    this.degrees = degrees;
  }

  /** From the display matrix of a stream, rounded to a quarter turn. */
  static Turn of(AVCodecParameters parameters) {
    if (parameters.nb_coded_side_data() == 0) {
      return NONE;
    }
    AVPacketSideData data =
        avcodec.av_packet_side_data_get(
            parameters.coded_side_data(),
            parameters.nb_coded_side_data(),
            avcodec.AV_PKT_DATA_DISPLAYMATRIX);
    if (data == null || data.size() < 9 * Integer.BYTES) {
      return NONE;
    }
    // FFmpeg counts anticlockwise.
    double angle = -avutil.av_display_rotation_get(new IntPointer(data.data()));
    return Double.isNaN(angle) ? NONE : ofDegrees(Math.floorMod(90 * Math.round(angle / 90), 360));
  }

  static Turn ofDegrees(int clockwise) {
    return Arrays.stream(values())
        .filter(turn -> turn.degrees == clockwise)
        .findFirst()
        .orElseThrow();
  }

  int degrees() {
    return degrees;
  }

  RgbImage apply(RgbImage image) {
    return switch (this) {
      case NONE -> image;
      case RIGHT -> turned(image, image.height(), image.width());
      case HALF -> turned(image, image.width(), image.height());
      case LEFT -> turned(image, image.height(), image.width());
    };
  }

  private RgbImage turned(RgbImage image, int width, int height) {
    byte[] from = image.rgb();
    byte[] to = new byte[from.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int source =
            switch (this) {
              case NONE -> y * width + x;
              case RIGHT -> (image.height() - 1 - x) * image.width() + y;
              case HALF -> (height - 1 - y) * width + (width - 1 - x);
              case LEFT -> x * image.width() + (image.width() - 1 - y);
            };
        System.arraycopy(from, 3 * source, to, 3 * (y * width + x), 3);
      }
    }
    return new RgbImage(width, height, to);
  }
}
