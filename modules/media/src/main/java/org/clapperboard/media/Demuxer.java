package org.clapperboard.media;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_CUSTOM_IO;
import static org.bytedeco.ffmpeg.global.avcodec.AVDISCARD_ALL;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_unref;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_get_name;
import static org.bytedeco.ffmpeg.global.avformat.AVFMT_DURATION_FROM_BITRATE;
import static org.bytedeco.ffmpeg.global.avformat.AV_DISPOSITION_ATTACHED_PIC;
import static org.bytedeco.ffmpeg.global.avformat.av_find_best_stream;
import static org.bytedeco.ffmpeg.global.avformat.av_probe_input_buffer2;
import static org.bytedeco.ffmpeg.global.avformat.av_read_frame;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_close_input;
import static org.bytedeco.ffmpeg.global.avformat.avformat_find_stream_info;
import static org.bytedeco.ffmpeg.global.avformat.avformat_open_input;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_EOF;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_AUDIO;
import static org.bytedeco.ffmpeg.global.avutil.AVMEDIA_TYPE_VIDEO;
import static org.bytedeco.ffmpeg.global.avutil.AV_NOPTS_VALUE;
import static org.bytedeco.ffmpeg.global.avutil.AV_TIME_BASE;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_free;
import static org.bytedeco.ffmpeg.global.avutil.av_dict_set;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecParameters;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A media file taken apart into the packets of one of its streams. */
final class Demuxer implements AutoCloseable {

  /**
   * File formats that are read. No playlists and none that name other files: nothing but the source
   * itself is ever opened.
   */
  private static final Set<String> FORMATS =
      Set.of(
          ("3gp aac ac3 aiff amr ape apng asf au av1 avi caf dv eac3 flac flv gif h264 hevc ivf m4v"
                  + " matroska mjpeg mov mp3 mpeg mpegts mpegvideo mxf nut obu ogg rm tta vc1 w64 wav"
                  + " webm wv")
              .split(" "));

  private static final int MAX_STREAMS = 100;
  private static final int PROBE_BYTES = 5_000_000;
  private static final int MAX_DISGUISED_PACKETS = 4;

  private final Attempt attempt;
  private final SourceIo io;
  private final AVFormatContext context;
  private final List<Long> declaredPixels = new ArrayList<>();
  private AVStream stream;

  private Demuxer(Attempt attempt, SourceIo io, AVFormatContext context) {
    this.attempt = attempt;
    this.io = io;
    this.context = context;
  }

  /** Opens the attempt's source; throws MediaRejection where that is not possible. */
  static Demuxer open(Attempt attempt) {
    Ffmpeg.load();
    SourceIo io = new SourceIo(attempt, attempt.checkedSize());
    try {
      if (DeclaredSize.isBeyondEnd(attempt.source)) {
        attempt.warn(Warning.CUT_SHORT);
      }
      AVInputFormat format = probe(io, attempt);
      Demuxer demuxer = new Demuxer(attempt, io, openInput(attempt, io, format));
      try {
        demuxer.findStreams();
        return demuxer;
      } catch (RuntimeException e) {
        avformat_close_input(demuxer.context);
        throw e;
      }
    } catch (RuntimeException e) {
      io.close();
      throw e;
    }
  }

  /** Chooses the video stream; all others are skipped from now on. */
  void chooseVideo() {
    choose(AVMEDIA_TYPE_VIDEO, Reason.NO_VIDEO);
    if ((stream.disposition() & AV_DISPOSITION_ATTACHED_PIC) != 0) {
      throw new MediaRejection(Reason.NO_VIDEO, "its only picture is a cover");
    }
  }

  /**
   * The size of a frame that the container declares, in pixels. It may be wrong, so it only
   * explains why nothing could be decoded: the decoder itself refuses large frames without a
   * reason.
   */
  long declaredPixels() {
    return stream.index() < declaredPixels.size() ? declaredPixels.get(stream.index()) : 0;
  }

  /** Chooses the sound stream; all others are skipped from now on. */
  void chooseSound() {
    choose(AVMEDIA_TYPE_AUDIO, Reason.NO_SOUND);
  }

  AVStream stream() {
    return stream;
  }

  /** When the video begins, or the chosen stream where there is no video. */
  double clockStartSeconds() {
    int video = bestStream(AVMEDIA_TYPE_VIDEO);
    boolean moves =
        video >= 0 && (context.streams(video).disposition() & AV_DISPOSITION_ATTACHED_PIC) == 0;
    AVStream clock = moves ? context.streams(video) : stream;
    return clock.start_time() == AV_NOPTS_VALUE
        ? 0
        : clock.start_time() * seconds(clock.time_base());
  }

  /** The length that the container gives for the stream or else for itself; 0 where unknown. */
  double declaredSeconds() {
    if (stream.duration() != AV_NOPTS_VALUE && stream.duration() > 0) {
      return stream.duration() * seconds(stream.time_base());
    }
    return context.duration() > 0 ? (double) context.duration() / AV_TIME_BASE : 0;
  }

  /** The length that the file itself declares for a sound; 0 where it is only estimated. */
  double declaredSoundSeconds() {
    boolean estimated = context.duration_estimation_method() == AVFMT_DURATION_FROM_BITRATE;
    boolean ofStream = stream.duration() != AV_NOPTS_VALUE || context.nb_streams() == 1;
    return ofStream && !estimated ? declaredSeconds() : 0;
  }

  /** Reads the next packet of the chosen stream; false at the end, damaged or not. */
  boolean read(AVPacket packet) {
    while (true) {
      attempt.checkTime();
      int code = av_read_frame(context, packet);
      if (code < 0) {
        io.rethrow();
        if (code != AVERROR_EOF) {
          attempt.damaged();
          attempt.warn(Warning.CUT_SHORT);
        }
        return false;
      }
      if (packet.stream_index() == stream.index()) {
        return true;
      }
      av_packet_unref(packet);
    }
  }

  static double seconds(AVRational rational) {
    return rational.den() == 0 ? 0 : (double) rational.num() / rational.den();
  }

  @Override
  public void close() {
    avformat_close_input(context);
    io.close();
  }

  private static AVInputFormat probe(SourceIo io, Attempt attempt) {
    try (PointerPointer<AVInputFormat> found = new PointerPointer<>(1)) {
      found.put(0, (Pointer) null);
      int score = av_probe_input_buffer2(io.context(), found, null, null, 0, PROBE_BYTES);
      io.rethrow();
      AVInputFormat format = found.get(AVInputFormat.class);
      if (score < 0 || format == null || format.isNull()) {
        throw new MediaRejection(Reason.NOT_MEDIA, "its bytes are of no known format");
      }
      String names = format.name().getString();
      attempt.container = names;
      for (String name : names.split(",", -1)) {
        if (FORMATS.contains(name)) {
          return format;
        }
      }
      throw new MediaRejection(Reason.UNSUPPORTED, "the file format " + names + " is not read");
    }
  }

  private static AVFormatContext openInput(Attempt attempt, SourceIo io, AVInputFormat format) {
    AVFormatContext context = avformat_alloc_context();
    context.pb(io.context());
    context.flags(context.flags() | AVFMT_FLAG_CUSTOM_IO);
    io.interrupts(context);
    AVDictionary options = new AVDictionary(null);
    av_dict_set(options, "format_whitelist", String.join(",", FORMATS), 0);
    av_dict_set(options, "protocol_whitelist", "none", 0);
    av_dict_set(options, "max_streams", Integer.toString(MAX_STREAMS), 0);
    if (format.name().getString().equals("wav")) {
      // Samples of 16 bits may be DTS in disguise, for which so many packets are searched at most.
      av_dict_set(options, "max_probe_packets", Integer.toString(MAX_DISGUISED_PACKETS), 0);
    }
    int code = avformat_open_input(context, (String) null, format, options);
    av_dict_free(options);
    if (code < 0) {
      io.rethrow();
      boolean cut = attempt.isCutShort() || code == AVERROR_EOF;
      throw new MediaRejection(
          cut ? Reason.TRUNCATED : Reason.CORRUPT, "it does not open: " + Ffmpeg.message(code));
    }
    return context;
  }

  private void findStreams() {
    int count = context.nb_streams();
    for (int i = 0; i < count; i++) {
      AVCodecParameters parameters = context.streams(i).codecpar();
      declaredPixels.add((long) parameters.width() * parameters.height());
    }
    try (PointerPointer<AVDictionary> options = new PointerPointer<>(Math.max(count, 1))) {
      for (int i = 0; i < count; i++) {
        AVDictionary each = new AVDictionary(null);
        av_dict_set(each, "max_pixels", Long.toString(attempt.limits.maxPixelsOfDecoder()), 0);
        av_dict_set(each, "threads", "1", 0);
        options.put(i, each);
      }
      int code = avformat_find_stream_info(context, options);
      for (int i = 0; i < count; i++) {
        av_dict_free(new AVDictionary(options.get(i)));
      }
      io.rethrow();
      if (code < 0) {
        throw new MediaRejection(Reason.CORRUPT, "no stream information: " + Ffmpeg.message(code));
      }
    }
    attempt.hasSound = bestStream(AVMEDIA_TYPE_AUDIO) >= 0;
  }

  private void choose(int type, Reason otherwise) {
    int best = bestStream(type);
    if (best < 0) {
      throw new MediaRejection(otherwise, "it has no such track");
    }
    stream = context.streams(best);
    attempt.codec = avcodec_get_name(stream.codecpar().codec_id()).getString();
    attempt.seconds = declaredSeconds();
    attempt.checkSeconds(attempt.seconds);
    for (int i = 0; i < context.nb_streams(); i++) {
      if (i != best) {
        context.streams(i).discard(AVDISCARD_ALL);
      }
    }
  }

  private int bestStream(int type) {
    return av_find_best_stream(context, type, -1, -1, (AVCodec) null, 0);
  }
}
