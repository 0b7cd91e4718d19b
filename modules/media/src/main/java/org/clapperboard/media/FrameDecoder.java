package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUVJ444P;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.pixels.RgbImage;

/**
 * Stored frames back to pictures. Each has a decoder of its own: opening one costs some
 * microseconds, and FFmpeg's PNG decoder gives wrong pixels from its second picture on.
 */
final class FrameDecoder implements AutoCloseable {

  static {
    Ffmpeg.load();
  }

  private final AVCodecContext context;
  private final AVPacket packet = av_packet_alloc();
  private final AVFrame frame = av_frame_alloc();

  private FrameDecoder(PictureFormat format) {
    AVCodec codec = avcodec_find_decoder(format.codecId());
    context = avcodec_alloc_context3(codec);
    context.thread_count(1);
    Ffmpeg.require(avcodec_open2(context, codec, (AVDictionary) null), "avcodec_open2");
  }

  static RgbImage decode(byte[] bytes, PictureFormat format) {
    try (FrameDecoder decoder = new FrameDecoder(format)) {
      return decoder.decode(bytes);
    }
  }

  @Override
  public void close() {
    av_frame_free(frame);
    av_packet_free(packet);
    avcodec_free_context(context);
  }

  private RgbImage decode(byte[] bytes) {
    Ffmpeg.require(av_new_packet(packet, bytes.length), "av_new_packet");
    packet.data().put(bytes, 0, bytes.length);
    int code = avcodec_send_packet(context, packet);
    if (code >= 0) {
      code = avcodec_receive_frame(context, frame);
    }
    if (code < 0) {
      throw new IllegalArgumentException("Cannot read a stored frame: " + Ffmpeg.message(code));
    }
    return frame.format() == AV_PIX_FMT_YUVJ444P ? fromPlanes() : PlainPixels.toRgb(frame);
  }

  /** FFmpeg's scaler would halve the chroma. */
  private RgbImage fromPlanes() {
    int width = frame.width();
    int height = frame.height();
    byte[] rgb = new byte[3 * width * height];
    byte[][] rows = new byte[3][width];
    for (int y = 0; y < height; y++) {
      for (int plane = 0; plane < 3; plane++) {
        frame.data(plane).position((long) y * frame.linesize(plane)).get(rows[plane]);
      }
      YccColour.toRgb(rows[0], rows[1], rows[2], rgb, 3 * y * width);
    }
    return new RgbImage(width, height, rgb);
  }
}
