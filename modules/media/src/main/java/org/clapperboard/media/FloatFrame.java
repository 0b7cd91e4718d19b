package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLTP;
import static org.bytedeco.ffmpeg.global.avutil.av_channel_layout_default;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_alloc;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_free;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_get_buffer;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Parts of a sound as frames for a sound encoder. */
final class FloatFrame implements AutoCloseable {

  private static final float UNIT = 1 << 15;

  private final PcmTrack track;
  private final int size;
  private final AVFrame frame = av_frame_alloc();

  FloatFrame(PcmTrack track, int size) {
    this.track = track;
    this.size = size;
    frame.format(AV_SAMPLE_FMT_FLTP);
    frame.sample_rate(track.sampleRate());
    frame.nb_samples(size);
    av_channel_layout_default(frame.ch_layout(), track.channels());
    Ffmpeg.require(av_frame_get_buffer(frame, 0), "av_frame_get_buffer");
  }

  /** The frame that begins at a sample, the last one shorter; the same object each time. */
  AVFrame fill(int at) {
    frame.nb_samples(size);
    Ffmpeg.require(av_frame_make_writable(frame), "av_frame_make_writable");
    int count = Math.min(size, track.length() - at);
    for (int channel = 0; channel < track.channels(); channel++) {
      FloatBuffer plane =
          frame
              .data(channel)
              .capacity((long) Float.BYTES * size)
              .asByteBuffer()
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      for (int i = 0; i < count; i++) {
        plane.put(track.samples()[(at + i) * track.channels() + channel] / UNIT);
      }
    }
    frame.nb_samples(count);
    frame.pts(at);
    return frame;
  }

  @Override
  public void close() {
    av_frame_free(frame);
  }
}
