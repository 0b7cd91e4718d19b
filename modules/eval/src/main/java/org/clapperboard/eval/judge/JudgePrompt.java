package org.clapperboard.eval.judge;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a judge is asked about an answer; the published exams of VideoLLaMA 2 use all of these.
 *
 * <p>The wording that is built in is our own, after their descriptions. So an endpoint's figures
 * compare with published ones only if the configuration gives the published wording and model.
 */
public enum JudgePrompt {
  /** Whether a short answer means the same as the right one, and how well, 0 to 5. */
  QA(ReplyForm.YES_NO_AND_SCORE, 5, 1),
  /** Whether what is said is true, 0 to 5. */
  CORRECTNESS(ReplyForm.SCORE, 5, 1),
  /** Whether all that matters is said, and in particulars, 0 to 5. */
  DETAIL(ReplyForm.SCORE, 5, 1),
  /** Whether the whole is understood, 0 to 5. */
  CONTEXT(ReplyForm.SCORE, 5, 1),
  /** Whether events come in the right order, 0 to 5. */
  TEMPORAL(ReplyForm.SCORE, 5, 1),
  /** Whether answers to two wordings of one question agree, 0 to 5. */
  CONSISTENCY(ReplyForm.SCORE, 5, 2),
  /** {@link #CORRECTNESS} where there are several right answers. */
  CORRECTNESS_OF_SEVERAL(ReplyForm.SCORE, 5, 1),
  /** {@link #DETAIL} where there are several right answers. */
  DETAIL_OF_SEVERAL(ReplyForm.SCORE, 5, 1),
  /** How near an open answer comes, 0 to 3, as MMBench-Video is scored. */
  OPEN_ENDED(ReplyForm.SCORE, 3, 1),
  /** The events that a description tells of; first step of AutoDQ, by which DREAM-1K is scored. */
  EVENTS(ReplyForm.EVENTS, 0, 1),
  /**
   * Which of the predictions, each an event, follow from the reference, a description; second step
   * of AutoDQ. The score is their share, 0 to 1.
   */
  ENTAILMENT(ReplyForm.LABELS, 1, 0);

  /** What a judge replies. */
  public enum ReplyForm {
    /** {@code {"pred": "yes", "score": 4}}. */
    YES_NO_AND_SCORE,
    /** {@code {"score": 4}}. */
    SCORE,
    /** {@code {"events": ["A dog barks.", ...]}}. */
    EVENTS,
    /** {@code {"labels": ["entailment", "neutral", ...]}}, one for each event. */
    LABELS
  }

  private final ReplyForm form;
  private final int best;
  private final int predictions;

  JudgePrompt(ReplyForm form, int best, int predictions) {
    this.form = form;
    this.best = best;
    this.predictions = predictions;
  }

  /** What is replied. */
  public ReplyForm form() {
    return form;
  }

  /** The best score; the worst is 0. */
  public int best() {
    return best;
  }

  /** Its name in configurations and reports, such as {@code correctness-of-several}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The prompt of that key.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static JudgePrompt named(String key) {
    return Arrays.stream(values())
        .filter(prompt -> prompt.key().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\""
                        + key
                        + "\" is no measure (expected: one of "
                        + Arrays.stream(values()).map(JudgePrompt::key).toList()
                        + ")"));
  }

  /** Throws IllegalArgumentException if the case is not one that can be asked about so. */
  void require(JudgeCase one) {
    if (predictions > 0) {
      require("predictions", one.predictions(), predictions);
    }
    switch (this) {
      case EVENTS -> {
        require("questions", one.questions(), 0);
        require("references", one.references(), 0);
      }
      case ENTAILMENT -> {
        require("questions", one.questions(), 0);
        require("references", one.references(), 1);
      }
      case CORRECTNESS_OF_SEVERAL, DETAIL_OF_SEVERAL -> {
        require("questions", one.questions(), 1);
        if (one.references().isEmpty()) {
          throw new IllegalArgumentException(key() + " takes at least 1 reference");
        }
      }
      case QA, CORRECTNESS, DETAIL, CONTEXT, TEMPORAL, CONSISTENCY, OPEN_ENDED -> {
        require("questions", one.questions(), predictions);
        require("references", one.references(), 1);
      }
    }
  }

  private void require(String what, List<String> texts, int count) {
    if (texts.size() != count) {
      throw new IllegalArgumentException(
          key() + " takes " + count + " " + what + ", not " + texts.size());
    }
  }
}
