package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AVCOL_RANGE_JPEG;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_FLAG_RGB;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.avutil.av_pix_fmt_desc_get;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCachedContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getCoefficients;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;
import static org.bytedeco.ffmpeg.global.swscale.sws_setColorspaceDetails;

import java.nio.ByteBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVPixFmtDescriptor;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Decoded frames to RGB with FFmpeg's own arithmetic: default bicubic chroma, and the colour matrix
 * and range that the frame is tagged with. The bytes are those of FFmpeg's filter graph, which the
 * reference's reader (decord) uses.
 */
final class RgbConverter implements AutoCloseable {

  private static final int UNIT = 1 << 16;

  private final AVFrame target = av_frame_alloc();
  private SwsContext scaler;

  RgbImage convert(AVFrame frame) {
    int width = frame.width();
    int height = frame.height();
    prepare(frame, width, height);
    int rowsDone =
        sws_scale(
            scaler, frame.data(), frame.linesize(), 0, height, target.data(), target.linesize());
    if (rowsDone != height) {
      throw new MediaRejection(Reason.CORRUPT, "a frame has no pixels");
    }
    byte[] rgb = new byte[3 * width * height];
    int stride = target.linesize(0);
    ByteBuffer rows =
        target.data(0).capacity((long) stride * (height - 1) + 3L * width).asByteBuffer();
    for (int y = 0; y < height; y++) {
      rows.get(y * stride, rgb, 3 * y * width, 3 * width);
    }
    return new RgbImage(width, height, rgb);
  }

  @Override
  public void close() {
    av_frame_free(target);
    if (scaler != null) {
      sws_freeContext(scaler);
    }
  }

  private void prepare(AVFrame frame, int width, int height) {
    scaler =
        sws_getCachedContext(
            scaler,
            width,
            height,
            frame.format(),
            width,
            height,
            AV_PIX_FMT_RGB24,
            SWS_BICUBIC,
            null,
            null,
            (DoublePointer) null);
    if (scaler == null) {
      throw new MediaRejection(
          Reason.UNSUPPORTED, "no conversion from pixel format " + frame.format());
    }
    AVPixFmtDescriptor format = av_pix_fmt_desc_get(frame.format());
    if ((format.flags() & AV_PIX_FMT_FLAG_RGB) == 0) {
      boolean full =
          frame.color_range() == AVCOL_RANGE_JPEG || format.name().getString().startsWith("yuvj");
      sws_setColorspaceDetails(
          scaler,
          sws_getCoefficients(frame.colorspace()),
          full ? 1 : 0,
          sws_getCoefficients(frame.colorspace()),
          1,
          0,
          UNIT,
          UNIT);
    }
    if (target.width() != width || target.height() != height) {
      av_frame_unref(target);
      target.width(width).height(height).format(AV_PIX_FMT_RGB24);
      Ffmpeg.require(av_frame_get_buffer(target, 0), "av_frame_get_buffer");
    }
  }
}
