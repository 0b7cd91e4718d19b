package org.clapperboard.media;

import static org.bytedeco.ffmpeg.avutil.AVFrame.AV_FRAME_FLAG_CORRUPT;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_DEFAULT;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_NONREF;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_flush_buffers;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;

import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Packets of one stream in, frames out. One thread: a Spark core has other tasks beside it. */
final class StreamDecoder implements AutoCloseable {

  private static final int AGAIN = -11;

  private final Attempt attempt;
  private final Consumer<AVFrame> sink;
  private final AVCodecContext context;
  private final AVFrame frame = av_frame_alloc();
  private int errors;

  /** Frames go to the sink, which must not keep them. */
  StreamDecoder(AVStream stream, Attempt attempt, Consumer<AVFrame> sink) {
    this.attempt = attempt;
    this.sink = sink;
    AVCodec codec = avcodec_find_decoder(stream.codecpar().codec_id());
    if (codec == null) {
      av_frame_free(frame);
      throw new MediaRejection(Reason.UNSUPPORTED, "no decoder for codec " + attempt.codec);
    }
    context = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(context, stream.codecpar());
    context.pkt_timebase(stream.time_base());
    context.thread_count(1);
    context.max_pixels(attempt.limits.maxPixelsOfDecoder());
    int code = avcodec_open2(context, codec, (AVDictionary) null);
    if (code < 0) {
      close();
      throw new MediaRejection(
          Reason.CORRUPT, "codec " + attempt.codec + " does not start: " + Ffmpeg.message(code));
    }
  }

  /** Decodes a packet whatever it is. */
  void decode(AVPacket packet) {
    context.skip_frame(AVDISCARD_DEFAULT);
    send(packet);
  }

  /** Decodes a packet only if frames may refer to it. */
  void decodeReference(AVPacket packet) {
    context.skip_frame(AVDISCARD_NONREF);
    send(packet);
  }

  /** Lets all frames out that the decoder still holds. */
  void drain() {
    context.skip_frame(AVDISCARD_DEFAULT);
    send(null);
  }

  /** Makes the decoder ready for a packet of another place. */
  void reset() {
    avcodec_flush_buffers(context);
  }

  /** Packets refused and frames marked as damaged so far. */
  int errors() {
    return errors;
  }

  @Override
  public void close() {
    av_frame_free(frame);
    avcodec_free_context(context);
  }

  private void send(AVPacket packet) {
    if (packet != null && packet.size() == 0) {
      // Stands for a frame that is shown again; the decoder would take it for the end.
      return;
    }
    int code = avcodec_send_packet(context, packet);
    if (code < 0 && code != AVERROR_EOF) {
      errors++;
    }
    while (true) {
      attempt.checkTime();
      code = avcodec_receive_frame(context, frame);
      if (code == AGAIN || code == AVERROR_EOF) {
        return;
      }
      if (code < 0) {
        errors++;
        return;
      }
      try {
        if ((frame.flags() & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags() != 0) {
          errors++;
        }
        if (frame.data(0) == null) {
          errors++;
        } else {
          sink.accept(frame);
        }
      } finally {
        av_frame_unref(frame);
      }
    }
  }
}
