package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AVERROR_INPUT_CHANGED;
import static org.bytedeco.ffmpeg.global.avutil.AVERROR_OUTPUT_CHANGED;
import static org.bytedeco.ffmpeg.global.avutil.AV_CHANNEL_ORDER_UNSPEC;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBLP;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_S16;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_copy;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_unref;
import static org.bytedeco.ffmpeg.global.swresample.swr_alloc;
import static org.bytedeco.ffmpeg.global.swresample.swr_convert_frame;
import static org.bytedeco.ffmpeg.global.swresample.swr_free;

import java.util.function.Consumer;
import org.bytedeco.ffmpeg.avutil.AVChannelLayout;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.swresample.SwrContext;

/** Decoded sound to another rate, sample format and number of channels, by FFmpeg. */
final class Resampler implements AutoCloseable {

  /** What comes out. */
  enum Target {
    /** One channel of 16 bits at 16 kHz. */
    MONO_16K,
    /** The same channels and rate in double precision, each channel by itself. */
    DOUBLES
  }

  private final Target target;
  private final Consumer<AVFrame> sink;
  private final AVFrame out = av_frame_alloc();
  private final AVChannelLayout layout = new AVChannelLayout();
  private SwrContext context = swr_alloc();
  private int sampleRate;

  /** Frames go to the sink, which must not keep them. */
  Resampler(Target target, Consumer<AVFrame> sink) {
    this.target = target;
    this.sink = sink;
  }

  void add(AVFrame frame) {
    if (frame.ch_layout().order() == AV_CHANNEL_ORDER_UNSPEC) {
      // Else the resampler guesses the same, but then takes every frame for a change of layout.
      av_channel_layout_default(frame.ch_layout(), frame.ch_layout().nb_channels());
    }
    remember(frame);
    int code = convert(frame);
    if (code == AVERROR_INPUT_CHANGED || code == (AVERROR_INPUT_CHANGED | AVERROR_OUTPUT_CHANGED)) {
      finish();
      swr_free(context);
      context = swr_alloc();
      remember(frame);
      code = convert(frame);
    }
    if (code < 0) {
      throw new MediaRejection(
          Reason.UNSUPPORTED, "the sound cannot be resampled: " + Ffmpeg.message(code));
    }
  }

  /** Lets out what the filter still holds. */
  void finish() {
    if (sampleRate > 0) {
      convert(null);
    }
  }

  @Override
  public void close() {
    av_frame_free(out);
    swr_free(context);
    layout.close();
  }

  private void remember(AVFrame frame) {
    sampleRate = frame.sample_rate();
    if (target == Target.DOUBLES) {
      av_channel_layout_copy(layout, frame.ch_layout());
    } else {
      av_channel_layout_default(layout, 1);
    }
  }

  private int convert(AVFrame frame) {
    out.format(target == Target.MONO_16K ? AV_SAMPLE_FMT_S16 : AV_SAMPLE_FMT_DBLP);
    out.sample_rate(target == Target.MONO_16K ? Sound.RATE : sampleRate);
    av_channel_layout_copy(out.ch_layout(), layout);
    int code = swr_convert_frame(context, out, frame);
    if (code >= 0 && out.nb_samples() > 0) {
      sink.accept(out);
    }
    av_frame_unref(out);
    return code;
  }
}
