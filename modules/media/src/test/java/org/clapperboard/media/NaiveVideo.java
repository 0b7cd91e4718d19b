package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avcodec.av_packet_alloc;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_free;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_alloc_context3;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_find_decoder;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_free_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_open2;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_to_context;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_receive_frame;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_send_packet;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.clapperboard.media.pixels.RgbImage;

/** A local file decoded frame by frame from its beginning, by the shortest code there is. */
final class NaiveVideo {

  private final Map<Integer, RgbImage> kept = new TreeMap<>();
  private int total;

  private NaiveVideo() {}

  /** Decodes all frames and keeps some, not turned. */
  static NaiveVideo of(Path file, IntPredicate wanted) {
    NaiveVideo video = new NaiveVideo();
    try (RgbConverter converter = new RgbConverter()) {
      decode(
          file,
          frame -> {
            if (wanted.test(video.total)) {
              video.kept.put(video.total, converter.convert(frame));
            }
            video.total++;
          });
    }
    return video;
  }

  /** Keeps the frames that were chosen from the same file. */
  static NaiveVideo of(Path file, FrameSet chosen) {
    Set<Integer> indexes =
        chosen.frames().stream().map(FrameSet.Frame::index).collect(Collectors.toSet());
    return of(file, indexes::contains);
  }

  int total() {
    return total;
  }

  RgbImage frame(int index) {
    return kept.get(index);
  }

  private static void decode(Path file, Consumer<AVFrame> sink) {
    AVFormatContext input = new AVFormatContext(null);
    avformat_open_input(input, file.toString(), (AVInputFormat) null, (AVDictionary) null);
    avformat_find_stream_info(input, (AVDictionary) null);
    int best = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, (AVCodec) null, 0);
    AVStream stream = input.streams(best);
    AVCodec codec = avcodec_find_decoder(stream.codecpar().codec_id());
    AVCodecContext context = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(context, stream.codecpar());
    avcodec_open2(context, codec, (AVDictionary) null);
    AVPacket packet = av_packet_alloc();
    AVFrame frame = av_frame_alloc();
    while (av_read_frame(input, packet) >= 0) {
      if (packet.stream_index() == best) {
        avcodec_send_packet(context, packet);
        receive(context, frame, sink);
      }
      av_packet_unref(packet);
    }
    avcodec_send_packet(context, null);
    receive(context, frame, sink);
    av_frame_free(frame);
    av_packet_free(packet);
    avcodec_free_context(context);
    avformat_close_input(input);
  }

  private static void receive(AVCodecContext context, AVFrame frame, Consumer<AVFrame> sink) {
    while (avcodec_receive_frame(context, frame) >= 0) {
      sink.accept(frame);
    }
  }
}
