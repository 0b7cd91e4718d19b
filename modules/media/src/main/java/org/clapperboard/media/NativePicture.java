package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_CRCCHECK;
import static org.bytedeco.ffmpeg.global.avcodec.AV_EF_EXPLODE;
import static org.bytedeco.ffmpeg.global.avcodec.av_new_packet;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.pixels.RgbImage;

/** One picture through FFmpeg, which must decode it without a complaint. */
final class NativePicture {

  private NativePicture() {}

  static RgbImage read(byte[] bytes, PictureFormat format, Attempt attempt) {
    Ffmpeg.load();
    if (format.isAnimatedWebp(bytes)) {
      throw new MediaRejection(Reason.UNSUPPORTED, "animated WebP is not read");
    }
    format.checkPixels(bytes, attempt);
    PictureEnd.check(bytes, format);
    if (format == PictureFormat.GIF) {
      return firstFrame(attempt);
    }
    AVCodec codec = avcodec_find_decoder(format.codecId());
    AVCodecContext context = avcodec_alloc_context3(codec);
    AVPacket packet = av_packet_alloc();
    AVFrame frame = av_frame_alloc();
    try {
      context.thread_count(1);
      context.max_pixels(attempt.limits.maxPixelsOfDecoder());
      context.err_recognition(AV_EF_EXPLODE | AV_EF_CRCCHECK);
      Ffmpeg.require(avcodec_open2(context, codec, (AVDictionary) null), "avcodec_open2");
      Ffmpeg.require(av_new_packet(packet, bytes.length), "av_new_packet");
      packet.data().put(bytes, 0, bytes.length);
      decode(context, packet, frame);
      attempt.width = frame.width();
      attempt.height = frame.height();
      attempt.checkPixels(attempt.width, attempt.height);
      return PlainPixels.toRgb(frame);
    } finally {
      av_frame_free(frame);
      av_packet_free(packet);
      avcodec_free_context(context);
    }
  }

  private static void decode(AVCodecContext context, AVPacket packet, AVFrame frame) {
    int code = avcodec_send_packet(context, packet);
    if (code >= 0) {
      avcodec_send_packet(context, null);
      code = avcodec_receive_frame(context, frame);
    }
    if (code < 0) {
      throw new MediaRejection(
          Reason.CORRUPT, "the picture cannot be decoded: " + Ffmpeg.message(code));
    }
    boolean damaged =
        (frame.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0
            || frame.decode_error_flags() != 0
            || frame.data(0) == null;
    if (damaged) {
      throw new MediaRejection(Reason.CORRUPT, "the picture is damaged");
    }
  }

  private static RgbImage firstFrame(Attempt attempt) {
    AtomicReference<RgbImage> first = new AtomicReference<>();
    try (Demuxer demuxer = Demuxer.open(attempt)) {
      demuxer.chooseVideo();
      AVPacket packet = av_packet_alloc();
      try (StreamDecoder decoder =
          new StreamDecoder(
              demuxer.stream(),
              attempt,
              frame -> {
                attempt.width = frame.width();
                attempt.height = frame.height();
                first.compareAndSet(null, PlainPixels.toRgb(frame));
              })) {
        if (demuxer.read(packet)) {
          decoder.decode(packet);
          decoder.drain();
        }
        if (first.get() == null || decoder.errors() > 0) {
          throw new MediaRejection(Reason.CORRUPT, "its first frame is damaged");
        }
      } finally {
        av_packet_free(packet);
      }
    }
    return first.get();
  }
}
