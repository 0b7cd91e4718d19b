package org.clapperboard.eval;

import java.io.Serializable;
import java.util.List;

/**
 * An answer with how it came about.
 *
 * @param answer the answer
 * @param startSeconds start of the clip that was shown
 * @param endSeconds its end; infinite for the end of the file
 * @param frames numbers of the frames that were shown, in the file they are of
 * @param prompt all that the model was told, media as placeholders
 * @param tokens tokens of the answer
 * @param seconds its share of the time of the batch that it was given in
 */
public record Answered(
    Answer answer,
    double startSeconds,
    double endSeconds,
    List<Integer> frames,
    String prompt,
    int tokens,
    double seconds)
    implements Serializable {

  public Answered {
    frames = List.copyOf(frames);
  }
}
