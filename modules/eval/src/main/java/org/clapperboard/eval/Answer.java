package org.clapperboard.eval;

import java.io.Serializable;

/**
 * One answer.
 *
 * @param set the set of questions
 * @param questionId names the question in its set
 * @param sampleId the sample
 * @param media file that was shown
 * @param question what was asked
 * @param expected what should have been answered; empty where that is not known
 * @param given what was answered
 */
public record Answer(
    String set,
    String questionId,
    String sampleId,
    String media,
    String question,
    String expected,
    String given)
    implements Serializable {

  /** Whether the answer is the expected one, to the letter. */
  public boolean right() {
    return given.equals(expected);
  }
}
