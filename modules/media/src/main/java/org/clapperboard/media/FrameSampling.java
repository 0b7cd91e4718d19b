package org.clapperboard.media;

import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/** How many frames of a clip are wanted, and which. */
public sealed interface FrameSampling extends Serializable {

  /** The frames of a range, sorted, each once. */
  int[] choose(FrameSampler.Range range, double fps);

  /**
   * The middles of equal parts, for each of several numbers of frames at once: a sample stored for
   * 8 and 16 frames holds the frames of both.
   */
  record Uniform(List<Integer> counts) implements FrameSampling {

    /** Checks that there is a count and that none is below one. */
    public Uniform {
      counts = List.copyOf(counts);
      if (counts.isEmpty() || counts.stream().anyMatch(count -> count < 1)) {
        throw new IllegalArgumentException(
            "frame counts are " + counts + " (expected: at least one, each above zero)");
      }
    }

    /** One number of frames. */
    public static Uniform of(int count) {
      return new Uniform(List.of(count));
    }

    /** Several numbers of frames. */
    public static Uniform of(Collection<Integer> counts) {
      return new Uniform(List.copyOf(counts));
    }

    @Override
    public int[] choose(FrameSampler.Range range, double fps) {
      return counts.stream()
          .flatMapToInt(count -> IntStream.of(FrameSampler.uniform(range, count)))
          .distinct()
          .sorted()
          .toArray();
    }
  }

  /** One frame per second, at most so many; the reference keeps the first 32. */
  record PerSecond(int maxFrames) implements FrameSampling {

    /** Checks the number. */
    public PerSecond {
      if (maxFrames < 1) {
        throw new IllegalArgumentException("maxFrames is " + maxFrames + " (expected: above zero)");
      }
    }

    @Override
    public int[] choose(FrameSampler.Range range, double fps) {
      return FrameSampler.everySecond(range, fps, maxFrames);
    }
  }
}
