package org.clapperboard.media;

import org.clapperboard.media.pixels.RgbImage;

/** Decodes in this process. */
final class LocalDecoder implements MediaDecoder {

  LocalDecoder() {
    // Not at the first file, whose time limit it would use up on a busy machine.
    Ffmpeg.load();
  }

  @Override
  public Decoded<FrameSet> frames(MediaSource source, VideoRequest request, MediaLimits limits) {
    return VideoFrames.read(source, request, limits);
  }

  @Override
  public Decoded<RgbImage> picture(
      MediaSource source, Pictures.Orientation orientation, MediaLimits limits) {
    return Pictures.read(source, orientation, limits);
  }

  @Override
  public Decoded<Sound> sound(MediaSource source, SoundRequest request, MediaLimits limits) {
    return SoundReader.read(source, request, limits);
  }

  @Override
  public void close() {}
}
