package org.clapperboard.media;

import java.io.Serializable;

/**
 * How a sound becomes the samples that the audio encoder hears. The reference has two ways that
 * differ from each other and from the paper; one data set should keep to one.
 */
public sealed interface SoundRoute extends Serializable {

  /** All of the clip, channels mixed, resampled. */
  record Whole() implements SoundRoute {}

  /**
   * What the paper says: the sound is cut to the clip, mixed, resampled, then cut or padded with
   * zeros to so many seconds.
   */
  record Paper(int seconds) implements SoundRoute {

    /** Checks the length. */
    public Paper {
      if (seconds < 1) {
        throw new IllegalArgumentException("seconds is " + seconds + " (expected: above zero)");
      }
    }
  }

  /**
   * {@code process_audio_file} of the reference: the first channel, 30 s of it at its own rate,
   * then resampled by Fourier transform. Knows no clip.
   *
   * @param cropPosition which 30 s of a longer sound, from 0 (the first) to below 1 (the last); the
   *     reference draws it anew each time
   */
  record ReferenceFile(double cropPosition) implements SoundRoute {

    /** Checks the position. */
    public ReferenceFile {
      if (!(cropPosition >= 0 && cropPosition < 1)) {
        throw new IllegalArgumentException(
            "cropPosition is " + cropPosition + " (expected: from 0 to below 1)");
      }
    }
  }

  /**
   * {@code process_audio_from_video} of the reference: mixed and resampled, then eight windows of 2
   * s one after the other, then zeros to 30 s. Knows no clip.
   */
  record ReferenceVideo() implements SoundRoute {}
}
