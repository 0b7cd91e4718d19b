package org.clapperboard.model;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * One row of a batch as the model takes it: token ids in which placeholders stand for media, a
 * label for each, and the media in the order of their placeholders.
 *
 * @param ids token ids; a negative id is a placeholder
 * @param labels what each position should have been predicted as, {@link #IGNORED} where nothing is
 *     learned
 * @param media one entry for each placeholder
 */
public record Example(int[] ids, int[] labels, List<Media> media) {
  /** The label of a position that does not count (reference IGNORE_INDEX). */
  public static final int IGNORED = -100;

  /** The placeholder of a picture (reference MODAL_INDEX_MAP). */
  public static final int IMAGE = -200;

  /** The placeholder of a clip, with or without its sound. */
  public static final int VIDEO = -201;

  /** The placeholder of a sound. */
  public static final int AUDIO = -202;

  /**
   * What stands behind one placeholder: a clip, a sound, or both (the clip's vectors first).
   *
   * @param clip the frames, or null
   * @param bank (frames, bins) log-mel filter bank, or null
   */
  public record Media(Clip clip, FloatBuffer bank) {}

  /**
   * Frames the connector sees as one clip: as pixels, or as what the vision encoder made of them.
   *
   * @param pixels (T, 3, S, S) normalised pixels, or (1, 3, S, S) for a still picture; else null
   * @param features the memory of (T, rows x columns, width) features, or of (1, ...) for a still
   *     picture, in the type of the encoder's weights: two of bfloat16 in a float; else null
   * @param frames T; a still picture is shown that many times, as the reference does
   */
  public record Clip(FloatBuffer pixels, FloatBuffer features, int frames) {
    public Clip {
      if (pixels != null && features != null) {
        throw new IllegalArgumentException("a clip is pixels or features, not both");
      }
    }

    /** A clip that the vision encoder has not seen yet. */
    public Clip(FloatBuffer pixels, int frames) {
      this(pixels, null, frames);
    }

    /** A clip that the vision encoder has seen before. */
    public static Clip encoded(FloatBuffer features, int frames) {
      return new Clip(null, features, frames);
    }

    /** The memory that it lies in, whatever it is. */
    public FloatBuffer memory() {
      return features == null ? pixels : features;
    }
  }

  public Example {
    media = List.copyOf(media);
    long placeholders = Arrays.stream(ids).filter(id -> id < 0).count();
    if (ids.length != labels.length || placeholders != media.size()) {
      throw new IllegalArgumentException(
          ids.length
              + " ids with "
              + placeholders
              + " placeholders, "
              + labels.length
              + " labels, "
              + media.size()
              + " media (expected: a label for each id, a medium for each placeholder)");
    }
  }

  /**
   * Cuts the row to that many ids. Unlike the reference's collator it does not cut a placeholder
   * away, which would leave a question about nothing.
   *
   * @throws IllegalArgumentException if a placeholder would be lost
   */
  public Example truncate(int longest) {
    if (ids.length <= longest) {
      return this;
    }
    int[] kept = Arrays.copyOf(ids, longest);
    if (Arrays.stream(kept).filter(id -> id < 0).count() < media.size()) {
      throw new IllegalArgumentException(
          "Cannot cut a row of "
              + ids.length
              + " ids to "
              + longest
              + ": it would lose a placeholder of its media.");
    }
    return new Example(kept, Arrays.copyOf(labels, longest), media);
  }

  /** Positions that are learned from. */
  public int labelled() {
    // The first position follows nothing, so nothing can predict it.
    int count = 0;
    for (int i = 1; i < labels.length; i++) {
      count += labels[i] == IGNORED ? 0 : 1;
    }
    return count;
  }
}
