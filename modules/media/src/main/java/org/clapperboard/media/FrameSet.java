package org.clapperboard.media;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.clapperboard.media.pixels.RgbImage;

/**
 * The frames chosen from a video, each once, in the order of showing.
 *
 * @param frames the pictures with their places
 * @param totalFrames frames of the whole video
 * @param range the clip in frames
 * @param fps average frame rate of the video; 0 where unknown
 */
public record FrameSet(List<Frame> frames, int totalFrames, FrameSampler.Range range, double fps)
    implements Serializable {

  /** Copies the list. */
  public FrameSet {
    frames = List.copyOf(frames);
  }

  /** One picture and its place in the whole video, counted from 0. */
  public record Frame(int index, RgbImage image) implements Serializable {}

  /**
   * The pictures for one number of frames, some of them repeated where the clip has fewer. The
   * request must have asked for that number.
   */
  public List<RgbImage> uniform(int count) {
    Map<Integer, RgbImage> byIndex =
        frames.stream().collect(Collectors.toMap(Frame::index, Frame::image));
    return IntStream.of(FrameSampler.uniform(range, count))
        .mapToObj(
            index -> {
              RgbImage image = byIndex.get(index);
              if (image == null) {
                throw new IllegalArgumentException(
                    count + " frames were not asked for: frame " + index + " is not here");
              }
              return image;
            })
        .toList();
  }
}
