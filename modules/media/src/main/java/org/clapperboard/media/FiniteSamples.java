package org.clapperboard.media;

import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_DBL;
import static org.bytedeco.ffmpeg.global.avutil.AV_SAMPLE_FMT_FLT;
import static org.bytedeco.ffmpeg.global.avutil.av_frame_make_writable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.ffmpeg.avutil.AVFrame;

/** Sets samples that are no finite numbers to zero; files of float samples may hold such. */
final class FiniteSamples {

  private FiniteSamples() {}

  /** Cleans a frame of interleaved floats or doubles; leaves others alone. */
  static void clean(AVFrame frame, Attempt attempt) {
    boolean floats = frame.format() == AV_SAMPLE_FMT_FLT;
    if (!floats && frame.format() != AV_SAMPLE_FMT_DBL) {
      return;
    }
    Ffmpeg.require(av_frame_make_writable(frame), "av_frame_make_writable");
    int width = floats ? Float.BYTES : Double.BYTES;
    int values = frame.nb_samples() * frame.ch_layout().nb_channels();
    ByteBuffer samples =
        frame.data(0).capacity((long) width * values).asByteBuffer().order(ByteOrder.nativeOrder());
    for (int at = 0; at < width * values; at += width) {
      double value = floats ? samples.getFloat(at) : samples.getDouble(at);
      if (!Double.isFinite(value)) {
        attempt.warn(Warning.NOT_FINITE);
        for (int i = 0; i < width; i++) {
          samples.put(at + i, (byte) 0);
        }
      }
    }
  }
}
