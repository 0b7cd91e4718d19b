package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_BE;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_BITSTREAM;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_PAL;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avutil.AVComponentDescriptor;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Frames of still pictures to RGB without arithmetic: bytes are moved, 16-bit values keep their
 * upper byte, transparency is dropped. FFmpeg's scaler would dither and round. Frames of other
 * formats (YUV, bit fields) go through the scaler nonetheless.
 */
final class PlainPixels {

  private final AVFrame frame;
  private final AVPixFmtDescriptor format;

  private PlainPixels(AVFrame frame, AVPixFmtDescriptor format) {
    this.frame = frame;
    this.format = format;
  }

  static RgbImage toRgb(AVFrame frame) {
    PlainPixels pixels = new PlainPixels(frame, av_pix_fmt_desc_get(frame.format()));
    if (pixels.has(AV_PIX_FMT_FLAG_PAL)) {
      return pixels.fromPalette();
    }
    if (frame.format() == AV_PIX_FMT_RGB24) {
      return pixels.asTheyAre();
    }
    if (pixels.isPlain()) {
      return pixels.fromComponents();
    }
    try (RgbConverter converter = new RgbConverter()) {
      return converter.convert(frame);
    }
  }

  private boolean has(long flag) {
    return (format.flags() & flag) != 0;
  }

  private boolean isPlain() {
    boolean grey = format.nb_components() <= 2;
    if (has(AV_PIX_FMT_FLAG_BITSTREAM) || !(grey || has(AV_PIX_FMT_FLAG_RGB))) {
      return false;
    }
    int depth = format.comp(0).depth();
    return (depth == 8 || depth == 16) && format.comp(0).shift() == 0;
  }

  private RgbImage asTheyAre() {
    byte[] rgb = new byte[3 * frame.width() * frame.height()];
    for (int y = 0; y < frame.height(); y++) {
      frame
          .data(0)
          .position((long) y * frame.linesize(0))
          .get(rgb, 3 * y * frame.width(), 3 * frame.width());
    }
    return new RgbImage(frame.width(), frame.height(), rgb);
  }

  private RgbImage fromComponents() {
    byte[] rgb = new byte[3 * frame.width() * frame.height()];
    for (int channel = 0; channel < 3; channel++) {
      copy(format.comp(format.nb_components() <= 2 ? 0 : channel), rgb, channel);
    }
    return new RgbImage(frame.width(), frame.height(), rgb);
  }

  private void copy(AVComponentDescriptor component, byte[] rgb, int channel) {
    boolean upperByteSecond = component.depth() == 16 && !has(AV_PIX_FMT_FLAG_BE);
    int offset = component.offset() + (upperByteSecond ? 1 : 0);
    int step = component.step();
    byte[] row = new byte[step * frame.width()];
    int out = channel;
    for (int y = 0; y < frame.height(); y++) {
      row(component.plane(), y, row);
      for (int x = 0; x < frame.width(); x++) {
        rgb[out] = row[x * step + offset];
        out += 3;
      }
    }
  }

  private RgbImage fromPalette() {
    ByteBuffer palette =
        frame.data(1).capacity(256 * Integer.BYTES).asByteBuffer().order(ByteOrder.nativeOrder());
    byte[] rgb = new byte[3 * frame.width() * frame.height()];
    byte[] row = new byte[frame.width()];
    int out = 0;
    for (int y = 0; y < frame.height(); y++) {
      row(0, y, row);
      for (byte index : row) {
        int colour = palette.getInt(Integer.BYTES * (index & 0xff));
        rgb[out++] = (byte) (colour >> 16);
        rgb[out++] = (byte) (colour >> 8);
        rgb[out++] = (byte) colour;
      }
    }
    return new RgbImage(frame.width(), frame.height(), rgb);
  }

  private void row(int plane, int y, byte[] into) {
    frame.data(plane).position((long) y * frame.linesize(plane)).get(into);
  }
}
