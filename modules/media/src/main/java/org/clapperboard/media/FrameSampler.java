package org.clapperboard.media;

import java.io.Serializable;
import java.util.stream.IntStream;

/**
 * Which frames of a video are looked at.
 *
 * <p>Source: {@code frame_sample} and {@code process_video} in the reference's {@code mm_utils.py}.
 */
public final class FrameSampler {

  private FrameSampler() {}

  /** Frames from first to last, both counted from 0 and included. */
  public record Range(int first, int last) implements Serializable {

    /** Checks the order. */
    public Range {
      if (first < 0 || last < first) {
        throw new IllegalArgumentException("no frames from " + first + " to " + last);
      }
    }

    /** Number of frames. */
    public int frames() {
      return last - first + 1;
    }
  }

  /**
   * The frames of a clip, or null where the clip begins behind the last frame. The end is one frame
   * early, as in the reference: floor(seconds x fps) - 1.
   */
  static Range range(Clip clip, int totalFrames, double fps) {
    long first = Math.max((long) (clip.startSeconds() * fps) - 1, 0);
    long last = totalFrames - 1L;
    if (!Double.isInfinite(clip.endSeconds())) {
      last = Math.min((long) (clip.endSeconds() * fps) - 1, last);
    }
    if (first > totalFrames - 1L) {
      return null;
    }
    // A clip shorter than a frame still shows the frame at its start.
    return new Range((int) first, (int) Math.max(first, last));
  }

  /**
   * The middles of equal parts: index i is round((D - 1) / N x (i + 1/2) + 1e-6), halves to even,
   * for D frames and N wanted. Frames repeat where the range has fewer than wanted.
   */
  public static int[] uniform(Range range, int wanted) {
    if (wanted < 1) {
      throw new IllegalArgumentException("cannot choose " + wanted + " frames");
    }
    double part = (range.frames() - 1.0) / wanted;
    return IntStream.range(0, wanted)
        .map(i -> range.first() + (int) Math.rint((part * i + part * (i + 1)) / 2 + 1e-6))
        .toArray();
  }

  /**
   * One frame per second, beginning in the middle of the first second: every floor(fps)-th. The
   * reference divides by zero below one frame per second; here every frame is taken then.
   */
  public static int[] everySecond(Range range, double fps, int maxFrames) {
    int step = (int) Math.max(1, Math.min(Math.floor(fps), range.frames()));
    return IntStream.iterate(step / 2, i -> i < range.frames(), i -> i + step)
        .limit(maxFrames)
        .map(i -> range.first() + i)
        .toArray();
  }
}
