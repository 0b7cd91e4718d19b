package org.clapperboard.media;

import static org.bytedeco.ffmpeg.avformat.AVFormatContext.AVFMT_FLAG_BITEXACT;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_GLOBAL_HEADER;
import static org.bytedeco.ffmpeg.global.avcodec.AV_CODEC_FLAG_QSCALE;
import static org.bytedeco.ffmpeg.global.avcodec.av_packet_rescale_ts;
import static org.bytedeco.ffmpeg.global.avcodec.avcodec_parameters_from_context;
import static org.bytedeco.ffmpeg.global.avformat.av_interleaved_write_frame;
import static org.bytedeco.ffmpeg.global.avformat.av_write_trailer;
import static org.bytedeco.ffmpeg.global.avformat.avformat_alloc_output_context2;
import static org.bytedeco.ffmpeg.global.avformat.avformat_free_context;
import static org.bytedeco.ffmpeg.global.avformat.avformat_new_stream;
import static org.bytedeco.ffmpeg.global.avformat.avformat_write_header;
import static org.bytedeco.ffmpeg.global.avformat.avio_close_dyn_buf;
import static org.bytedeco.ffmpeg.global.avformat.avio_open_dyn_buf;
import static org.bytedeco.ffmpeg.global.avutil.AV_PIX_FMT_YUV420P;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.FF_QP2LAMBDA;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_free;

import java.util.List;
import java.util.Map;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.clapperboard.media.pixels.RgbImage;

/**
 * MP4 files from pictures and sound, for generated data sets and for tests. The same input gives
 * the same bytes.
 */
public final class ClipWriter implements AutoCloseable {

  private final AVFormatContext file = new AVFormatContext(null);
  private StreamEncoder video;
  private StreamEncoder sound;

  private ClipWriter() {}

  /** A clip without sound. All frames must have the same size, of even width and height. */
  public static byte[] write(ClipFormat format, List<RgbImage> frames) {
    return write(format, frames, null);
  }

  /** A clip of frames, of sound, or of both; either may be missing (no frames, null). */
  public static byte[] write(ClipFormat format, List<RgbImage> frames, PcmTrack track) {
    if (frames.isEmpty() && track == null) {
      throw new IllegalArgumentException("a clip needs frames or sound");
    }
    Ffmpeg.load();
    try (ClipWriter writer = new ClipWriter()) {
      return writer.file(format, frames, track);
    }
  }

  @Override
  public void close() {
    if (video != null) {
      video.close();
    }
    if (sound != null) {
      sound.close();
    }
    avformat_free_context(file);
  }

  private byte[] file(ClipFormat format, List<RgbImage> frames, PcmTrack track) {
    Ffmpeg.require(
        avformat_alloc_output_context2(file, null, "mp4", null), "avformat_alloc_output_context2");
    file.flags(file.flags() | AVFMT_FLAG_BITEXACT);
    video = frames.isEmpty() ? null : videoEncoder(format, frames.get(0));
    sound = track == null ? null : soundEncoder(format, track);
    AVStream videoStream = video == null ? null : addStream(video);
    AVStream soundStream = sound == null ? null : addStream(sound);
    AVIOContext buffer = new AVIOContext(null);
    Ffmpeg.require(avio_open_dyn_buf(buffer), "avio_open_dyn_buf");
    file.pb(buffer);
    try (PointerPointer<BytePointer> content = new PointerPointer<>(1)) {
      int length;
      try {
        Ffmpeg.require(avformat_write_header(file, (AVDictionary) null), "avformat_write_header");
        if (video != null) {
          encodeFrames(frames, videoStream);
        }
        if (sound != null) {
          encodeSound(track, soundStream);
        }
        Ffmpeg.require(av_write_trailer(file), "av_write_trailer");
      } finally {
        length = avio_close_dyn_buf(buffer, content);
        file.pb(null);
      }
      BytePointer bytes = content.get(BytePointer.class);
      byte[] result = new byte[length];
      bytes.get(result);
      av_free(bytes);
      return result;
    }
  }

  private static StreamEncoder videoEncoder(ClipFormat format, RgbImage first) {
    boolean mpeg4 = format.video() instanceof ClipFormat.Mpeg4;
    return new StreamEncoder(
        mpeg4 ? "mpeg4" : "libopenh264",
        context -> {
          context.width(first.width()).height(first.height()).pix_fmt(AV_PIX_FMT_YUV420P);
          context.time_base().num(1).den(format.framesPerSecond());
          context.framerate().num(format.framesPerSecond()).den(1);
          context.gop_size(format.keyFrameInterval());
          context.flags(context.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
          quality(format.video(), context);
        },
        mpeg4 ? Map.of() : Map.of("allow_skip_frames", "0"));
  }

  private static void quality(ClipFormat.VideoCodec codec, AVCodecContext context) {
    if (codec instanceof ClipFormat.Mpeg4 mpeg4) {
      context.flags(context.flags() | AV_CODEC_FLAG_QSCALE);
      context.global_quality(mpeg4.quantiser() * FF_QP2LAMBDA);
    } else if (codec instanceof ClipFormat.H264 h264) {
      context.bit_rate(h264.bitsPerSecond());
    }
  }

  private static StreamEncoder soundEncoder(ClipFormat format, PcmTrack track) {
    return new StreamEncoder(
        "aac",
        context -> {
          context.sample_fmt(AV_SAMPLE_FMT_FLTP).sample_rate(track.sampleRate());
          av_channel_layout_default(context.ch_layout(), track.channels());
          context.bit_rate(format.soundBitsPerSecond());
          context.time_base().num(1).den(track.sampleRate());
          context.flags(context.flags() | AV_CODEC_FLAG_GLOBAL_HEADER);
        },
        // The usual search for the best coding takes eight times as long.
        Map.of("aac_coder", "fast"));
  }

  private AVStream addStream(StreamEncoder encoder) {
    AVStream stream = avformat_new_stream(file, null);
    avcodec_parameters_from_context(stream.codecpar(), encoder.context());
    stream.time_base(encoder.context().time_base());
    return stream;
  }

  private void encodeFrames(List<RgbImage> frames, AVStream stream) {
    try (YuvFrame frame = new YuvFrame(frames.get(0).width(), frames.get(0).height())) {
      for (int i = 0; i < frames.size(); i++) {
        video.encode(frame.fill(frames.get(i), i), packet -> write(packet, video, stream));
      }
    }
    video.encode(null, packet -> write(packet, video, stream));
  }

  private void encodeSound(PcmTrack track, AVStream stream) {
    int frameSize = sound.context().frame_size();
    try (FloatFrame frame = new FloatFrame(track, frameSize)) {
      for (int at = 0; at < track.length(); at += frameSize) {
        sound.encode(frame.fill(at), packet -> write(packet, sound, stream));
      }
    }
    sound.encode(null, packet -> write(packet, sound, stream));
  }

  private void write(AVPacket packet, StreamEncoder encoder, AVStream stream) {
    packet.stream_index(stream.index());
    if (packet.duration() == 0 && encoder == video) {
      packet.duration(1);
    }
    av_packet_rescale_ts(packet, encoder.context().time_base(), stream.time_base());
    Ffmpeg.require(av_interleaved_write_frame(file, packet), "av_interleaved_write_frame");
  }
}
