package org.clapperboard.media;

import java.io.Serializable;

/**
 * Which part of a sound, and how it is shaped.
 *
 * @param clip the part of the file; in a video counted from its first frame
 * @param route from the file's samples to the encoder's
 */
public record SoundRequest(Clip clip, SoundRoute route) implements Serializable {

  /** The reference's routes take the whole file. */
  public SoundRequest {
    boolean knowsClips = route instanceof SoundRoute.Whole || route instanceof SoundRoute.Paper;
    if (!clip.isWhole() && !knowsClips) {
      throw new IllegalArgumentException("route " + route + " takes the whole file, not " + clip);
    }
  }

  /** The whole file. */
  public static SoundRequest of(SoundRoute route) {
    return new SoundRequest(Clip.WHOLE, route);
  }

  /** The same for a part of the file. */
  public SoundRequest within(Clip part) {
    return new SoundRequest(part, route);
  }
}
