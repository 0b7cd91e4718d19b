package org.clapperboard.media;

import java.io.Serializable;
import org.clapperboard.media.pixels.FrameTransform;

/**
 * Which frames of a video, and what is done to each at once.
 *
 * @param clip the part of the video
 * @param sampling which frames of that part
 * @param transform applied to each frame as soon as it is decoded
 */
public record VideoRequest(Clip clip, FrameSampling sampling, FrameTransform transform)
    implements Serializable {

  /** Frames of the whole video at their original size. */
  public static VideoRequest of(FrameSampling sampling) {
    return new VideoRequest(Clip.WHOLE, sampling, FrameTransform.none());
  }

  /** The same for a part of the video. */
  public VideoRequest within(Clip part) {
    return new VideoRequest(part, sampling, transform);
  }

  /** The same with another transform. */
  public VideoRequest with(FrameTransform other) {
    return new VideoRequest(clip, sampling, other);
  }
}
