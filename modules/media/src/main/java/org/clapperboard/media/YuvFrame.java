package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_RGB24;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;
import static org.bytedeco.ffmpeg.global.swscale.SWS_BICUBIC;
import static org.bytedeco.ffmpeg.global.swscale.sws_freeContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_getContext;
import static org.bytedeco.ffmpeg.global.swscale.sws_scale;

import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swscale.SwsContext;
import org.bytedeco.javacpp.DoublePointer;
import org.clapperboard.media.pixels.RgbImage;

/** Pictures of one size as frames for a video encoder: BT.601, limited range, 4:2:0. */
final class YuvFrame implements AutoCloseable {

  private final AVFrame rgb;
  private final AVFrame yuv;
  private final SwsContext scaler;

  YuvFrame(int width, int height) {
    rgb = allocate(width, height, AV_PIX_FMT_RGB24);
    yuv = allocate(width, height, AV_PIX_FMT_YUV420P);
    scaler =
        sws_getContext(
            width,
            height,
            AV_PIX_FMT_RGB24,
            width,
            height,
            AV_PIX_FMT_YUV420P,
            SWS_BICUBIC,
            null,
            null,
            (DoublePointer) null);
  }

  /** The frame, which is the same object each time. */
  AVFrame fill(RgbImage image, long number) {
    if (image.width() != rgb.width() || image.height() != rgb.height()) {
      throw new IllegalArgumentException(
          "frame %d is %d x %d (expected: %d x %d, the size of the first)"
              .formatted(number, image.width(), image.height(), rgb.width(), rgb.height()));
    }
    int rowBytes = 3 * image.width();
    for (int y = 0; y < image.height(); y++) {
      rgb.data(0).position((long) y * rgb.linesize(0)).put(image.rgb(), y * rowBytes, rowBytes);
    }
    Ffmpeg.require(av_frame_make_writable(yuv), "av_frame_make_writable");
    sws_scale(scaler, rgb.data(), rgb.linesize(), 0, image.height(), yuv.data(), yuv.linesize());
    yuv.pts(number);
    return yuv;
  }

  @Override
  public void close() {
    av_frame_free(rgb);
    av_frame_free(yuv);
    sws_freeContext(scaler);
  }

  private static AVFrame allocate(int width, int height, int format) {
    AVFrame frame = av_frame_alloc();
    frame.width(width).height(height).format(format);
    Ffmpeg.require(av_frame_get_buffer(frame, 0), "av_frame_get_buffer");
    return frame;
  }
}
