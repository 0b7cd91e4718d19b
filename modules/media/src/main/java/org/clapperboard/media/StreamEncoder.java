package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_encoder_by_name;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_packet;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_frame;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.config.InternalFailure;

/** Frames in, packets out, the same bytes for the same frames. */
final class StreamEncoder implements AutoCloseable {

  static {
    Ffmpeg.load();
  }

  private final AVCodecContext context;
  private final AVPacket packet = av_packet_alloc();

  /** Opens FFmpeg's encoder of that name; the settings see its context first. */
  StreamEncoder(String name, Consumer<AVCodecContext> settings, Map<String, String> options) {
    AVCodec codec = avcodec_find_encoder_by_name(name);
    if (codec == null) {
      throw new InternalFailure("Cannot encode: FFmpeg was built without " + name);
    }
    context = avcodec_alloc_context3(codec);
    context.thread_count(1);
    context.flags(context.flags() | AV_CODEC_FLAG_BITEXACT);
    settings.accept(context);
    AVDictionary dictionary = new AVDictionary(null);
    options.forEach((key, value) -> av_dict_set(dictionary, key, value, 0));
    int code = avcodec_open2(context, codec, dictionary);
    av_dict_free(dictionary);
    if (code < 0) {
      close();
      Ffmpeg.require(code, "avcodec_open2 for " + name);
    }
  }

  AVCodecContext context() {
    return context;
  }

  /** Encodes a frame, or with null lets out what is still inside. */
  void encode(AVFrame frame, Consumer<AVPacket> sink) {
    Ffmpeg.require(avcodec_send_frame(context, frame), "avcodec_send_frame");
    while (avcodec_receive_packet(context, packet) >= 0) {
      sink.accept(packet);
      av_packet_unref(packet);
    }
  }

  @Override
  public void close() {
    av_packet_free(packet);
    avcodec_free_context(context);
  }
}
