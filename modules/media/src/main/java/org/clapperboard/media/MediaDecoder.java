package org.clapperboard.media;

import org.clapperboard.media.pixels.RgbImage;

/** Reads media files, in this process or in another. For one thread at a time. */
public interface MediaDecoder extends AutoCloseable {

  /** A decoder of this process. */
  static MediaDecoder inProcess() {
    return new LocalDecoder();
  }

  /** Which build of FFmpeg decodes, such as {@code FFmpeg 8.1}. */
  static String version() {
    return "FFmpeg " + Ffmpeg.version();
  }

  /** See {@link VideoFrames}. */
  Decoded<FrameSet> frames(MediaSource source, VideoRequest request, MediaLimits limits);

  /** See {@link Pictures}. */
  Decoded<RgbImage> picture(
      MediaSource source, Pictures.Orientation orientation, MediaLimits limits);

  /** See {@link SoundReader}. */
  Decoded<Sound> sound(MediaSource source, SoundRequest request, MediaLimits limits);

  @Override
  void close();
}
